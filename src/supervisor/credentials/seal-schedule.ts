import type { Clock } from '../../domain/clock.ts';
import { withDeadline } from '../../domain/deadline.ts';

/** How often a login is sealed (ms). */
export interface SealPace {
  /** Between two looks whether a fresh login is on the disk. */
  readonly flushLookMs: number;
  /** Between two seals of a login that goes on changing. */
  readonly betweenMs: number;
  /** After one that failed. */
  readonly retryMs: number;
  /** How long one may take. */
  readonly deadlineMs: number;
}

interface SealScheduleOptions {
  readonly clock: Clock;
  readonly pace: SealPace;
  /** Seals the login if it is worth it. Must end by the signal. */
  readonly seal: (signal: AbortSignal) => Promise<'sealed' | 'not_yet'>;
  /** Once for each series of failures. */
  readonly onError: (error: unknown) => void;
}

/**
 * When a login is sealed while its browser runs: as soon as it can be, and then at most every few minutes. One sealing
 * at a time.
 */
export class SealSchedule {
  readonly #options: SealScheduleOptions;
  #running: AbortController | null = null;
  #timer: unknown;
  #failures = 0;
  #hasEnded = false;

  constructor(options: SealScheduleOptions) {
    this.#options = options;
  }

  /** Starts, unless it runs. */
  begin(): void {
    if (this.#running !== null || this.#hasEnded) return;
    this.#running = new AbortController();
    this.#next(0, this.#running);
  }

  /** Breaks off a sealing under way; `begin` starts anew. */
  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
  }

  /** `stop`, for good. */
  end(): void {
    this.#hasEnded = true;
    this.stop();
  }

  #next(ms: number, running: AbortController): void {
    this.#timer = this.#options.clock.setTimeout(() => void this.#attempt(running), ms);
  }

  async #attempt(running: AbortController): Promise<void> {
    const { seal, pace, onError } = this.#options;
    let waitMs = pace.retryMs;
    try {
      const outcome = await withDeadline(pace.deadlineMs, running.signal, seal);
      waitMs = outcome === 'sealed' ? pace.betweenMs : pace.flushLookMs;
      this.#failures = 0;
    } catch (error) {
      if (!running.signal.aborted && this.#failures === 0) onError(error);
      this.#failures += 1;
    }
    if (!running.signal.aborted) this.#next(waitMs, running);
  }
}
