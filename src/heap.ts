import { setFlagsFromString } from 'node:v8';

/** Between two collections: each costs some 200 ms of processor time, in part on other threads. */
const AT_MOST_EVERY_MS = 30_000;

/**
 * For the time of a collection: pages are emptied that are only partly full, and the compiled code of functions that do not run is given up,
 * which V8 else does after many collections. A function that is called again is compiled again.
 */
const THOROUGH = ['compact-on-every-full-gc', 'stress-flush-code'];

/**
 * Collects this thread's garbage now, where Node was started with `--expose-gc`, as `npm start` and the image do; else nothing. V8 collects when it needs room, not when it
 * has time: what loading some hundred modules has left would stay for as long as the thread idles, and that is a third of Node's memory here (bench/README.md).
 */
export function collectGarbage(): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  // The cheap one first: what it frees need not be moved.
  gc();
  for (const flag of THOROUGH) setFlagsFromString(`--${flag}`);
  gc();
  for (const flag of THOROUGH) setFlagsFromString(`--no-${flag}`);
}

/** Collects garbage once things have been quiet for a while. Keeps no process alive. */
export class IdleCollector {
  readonly #quietMs: number;
  #timer: NodeJS.Timeout | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** Something has left garbage: the quiet begins anew. */
  touch(): void {
    clearTimeout(this.#timer);
    const wait = Math.max(this.#quietMs, this.#last + AT_MOST_EVERY_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#last = performance.now();
      collectGarbage();
    }, wait).unref();
  }
}
