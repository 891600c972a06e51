// How Node is started so that it keeps little memory. The Dockerfile says the same, and docs/benchmarks.md what each is
// worth.

export const LEAN = {
  /**
   * Garbage is collected when there is time (src/host/heap.ts): a flag from the start, since V8's flags are those of
   * all threads, and two that turned it on and off would meet. Machine code of functions that have not run for some
   * collections is given up, and with it what it was made from; V8 does so by itself only for what has none.
   */
  args: ['--expose-gc', '--flush-baseline-code'],
  /**
   * glibc keeps up to eight heaps a core for a process with many threads, and each session has a thread: two are
   * enough. What is freed goes back to the system sooner than by default.
   */
  env: {
    MALLOC_ARENA_MAX: '2',
    MALLOC_TRIM_THRESHOLD_: '65536',
    MALLOC_MMAP_THRESHOLD_: '65536',
    MALLOC_TOP_PAD_: '65536',
  },
};
