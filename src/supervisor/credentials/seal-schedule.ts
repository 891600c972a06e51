import type { Clock } from '../../domain/clock.ts';
import { withDeadline } from '../../domain/deadline.ts';
import { every, type Recurring } from '../../domain/every.ts';

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
  #sealing: Recurring | null = null;
  /** Until the next seal (ms). */
  #waitMs = 0;
  #failures = 0;
  #hasEnded = false;

  constructor(options: SealScheduleOptions) {
    this.#options = options;
  }

  /** Starts, unless it runs. */
  begin(): void {
    if (this.#sealing !== null || this.#hasEnded) return;
    const { clock } = this.#options;
    this.#sealing = every(
      clock,
      () => this.#waitMs,
      (signal) => this.#attempt(signal),
      { firstMs: 0 },
    );
  }

  /** Breaks off a sealing under way; `begin` starts anew. */
  stop(): void {
    void this.#sealing?.stop();
    this.#sealing = null;
  }

  /** `stop`, for good. */
  end(): void {
    this.#hasEnded = true;
    this.stop();
  }

  async #attempt(stopped: AbortSignal): Promise<void> {
    const { seal, pace, onError } = this.#options;
    try {
      const outcome = await withDeadline(pace.deadlineMs, stopped, seal);
      this.#waitMs = outcome === 'sealed' ? pace.betweenMs : pace.flushLookMs;
      this.#failures = 0;
    } catch (error) {
      if (!stopped.aborted && this.#failures === 0) onError(error);
      this.#failures += 1;
      this.#waitMs = pace.retryMs;
    }
  }
}
