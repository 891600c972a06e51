import { SupervisorError } from '../domain/errors.ts';

/** The service was started without a clock that can be turned. */
export class ClockNotControlledError extends SupervisorError {
  readonly code = 'CLOCK_NOT_CONTROLLED';
  constructor() {
    super('This service keeps real time: start it with startTestService({ clock: "controlled" }) to turn its clock.');
  }
}

interface TestClockOptions {
  readonly kind: 'system' | 'controlled';
  /** Turns the service's clock; resolves to how far it is then ahead of the system's (ms). */
  readonly turn: (ms: number) => Promise<number>;
}

/**
 * The time that a service's sessions live by: all waits of the machines, the simulated phones and browsers, and every
 * time that a session's record and history tell. It goes on as the system's does. Not turned with it: what Redis and
 * BullMQ count by themselves (locks of nodes, tickets), the heartbeats of nodes, how long tokens, requests and streams
 * last, and the duration of work outside, such as a write to disk, or a page that hangs, which is given up after ten
 * real seconds.
 */
export class TestClock {
  readonly #options: TestClockOptions;
  #aheadMs = 0;

  constructor(options: TestClockOptions) {
    this.#options = options;
  }

  /** How far it was turned in all (ms). */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /**
   * Turns it forward by `ms`, best to what is waited for (`nextAttemptAt`): a launch that begins on the way has its
   * deadlines turned as well. What falls due on the way begins at its own time, one after the other. Resolves once all
   * of it has begun; wait for what comes of it with `waitFor`. Rejects with {@link ClockNotControlledError} when the
   * service was started without, with a `RangeError` for what is no time to go forward, and with what went wrong when
   * the service ends meanwhile, or does not answer within 30 s.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && Number.isFinite(ms)))
      throw new RangeError(`A clock is turned forward, by a number of milliseconds, not by ${ms}`);
    if (this.#options.kind === 'system') throw new ClockNotControlledError();
    this.#aheadMs = await this.#options.turn(ms);
  }
}
