import { setFlagsFromString } from 'node:v8';

/** Each collection costs some 200 ms of processor time, in part on other threads. */
const APART_MS = 30_000;

/**
 * For the time of a collection: pages are emptied that are only partly full, and the compiled code of functions that do
 * not run is given up, which V8 else does after many collections. A function that is called again is compiled again.
 */
const THOROUGH = ['compact-on-every-full-gc', 'stress-flush-code'];

/**
 * Collects this thread's garbage now, where Node was started with `--expose-gc`, as `npm start` and the image do; else
 * nothing. V8 collects when it needs room, not when it has time: what loading some hundred modules has left would stay
 * for as long as the thread idles, and that is a third of Node's memory here (docs/benchmarks.md).
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

/**
 * Collects garbage once things have been quiet for a while, and once more when they still are: V8 gives the room for
 * young objects back, up to 32 MB, at a collection before which little was allocated for some seconds
 * (Heap::ResizeNewSpace). Keeps no process alive.
 */
export class IdleCollector {
  readonly #quietMs: number;
  readonly #apartMs: number;
  #timer: NodeJS.Timeout | undefined;
  #last = Number.NEGATIVE_INFINITY;

  /** @param quietMs how long nothing may have left garbage. @param apartMs the least between two collections. */
  constructor(quietMs: number, apartMs = APART_MS) {
    this.#quietMs = quietMs;
    this.#apartMs = apartMs;
  }

  /** Something has left garbage: the quiet begins anew. */
  touch(): void {
    this.#collectTwice(Math.max(this.#quietMs, this.#last + this.#apartMs - performance.now()), 'again');
  }

  #collectTwice(wait: number, then: 'again' | 'enough'): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#last = performance.now();
      collectGarbage();
      if (then === 'again') this.#collectTwice(this.#apartMs, 'enough');
    }, wait).unref();
  }
}
