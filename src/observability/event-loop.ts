import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

/** How late the event loop came to what was due, in milliseconds. */
export interface EventLoopDelay {
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const SAMPLE_MS = 20;
const NANOSECONDS = 1e6;
/** A scraper that looks as often as this misses nothing. */
const WINDOW_MS = 30_000;

interface Window extends EventLoopDelay {
  readonly samples: number;
}

/**
 * Watches the delay of the event loop. Readings cover the present window and the one before: all readers see the same,
 * and none takes a peak away from another.
 */
export class EventLoopMonitor {
  readonly #histogram: IntervalHistogram;
  readonly #turn: NodeJS.Timeout;
  #before: Window = { meanMs: 0, p99Ms: 0, maxMs: 0, samples: 0 };

  /** @param windowMs length of a window. @defaultValue 30,000 */
  constructor(windowMs = WINDOW_MS) {
    this.#histogram = monitorEventLoopDelay({ resolution: SAMPLE_MS });
    this.#histogram.enable();
    this.#turn = setInterval(() => {
      this.#before = windowOf(this.#histogram);
      this.#histogram.reset();
    }, windowMs).unref();
  }

  /** The delay within the last one to two windows. The 99th percentile is that of the worse one. */
  read(): EventLoopDelay {
    const [before, present] = [this.#before, windowOf(this.#histogram)];
    const samples = before.samples + present.samples;
    const sum = before.meanMs * before.samples + present.meanMs * present.samples;
    return {
      meanMs: samples === 0 ? 0 : sum / samples,
      p99Ms: Math.max(before.p99Ms, present.p99Ms),
      maxMs: Math.max(before.maxMs, present.maxMs),
    };
  }

  close(): void {
    clearInterval(this.#turn);
    this.#histogram.disable();
  }
}

function windowOf(histogram: IntervalHistogram): Window {
  return {
    meanMs: delay(histogram.mean),
    p99Ms: delay(histogram.percentile(99)),
    maxMs: delay(histogram.max),
    samples: histogram.count,
  };
}

/** The monitor counts the wait for its own timer as well, and says NaN when it has seen nothing. */
function delay(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS - SAMPLE_MS) : 0;
}
