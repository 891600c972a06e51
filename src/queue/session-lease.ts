import { SupervisorError, type Retry } from '../domain/errors.ts';
import { withResolvers } from '../domain/with-resolvers.ts';

/**
 * The right to run a session: nobody else starts it before the lease is over. How long that is the holder counts by its
 * own monotonic clock, from when it asked for the last renewal that succeeded, so that it never thinks to have longer.
 */
export interface SessionLease {
  /** Aborts when this run is over for the queue: Redis says so, or the session's job was given to this node anew. */
  readonly lost: AbortSignal;
  /**
   * Aborts when so much of the lease has passed without a renewal that the browser has to go: after `graceMs` it must be
   * dead.
   */
  readonly expiring: AbortSignal;
  readonly graceMs: number;
  /** Throws {@link LeaseLapsedError} when nothing may be done any more in the name of the session. */
  check(): void;
}

/** Parts of a lease after which, without a renewal, nothing is done any more, and the browser is given up. */
const PARTS = { effects: 1 / 2, browser: 2 / 3, grace: 1 / 6 } as const;

/** A lease as its keeper has it. */
export class HeldLease implements SessionLease {
  readonly key: string;
  readonly token: string;
  readonly graceMs: number;
  /** Resolves when `lost` aborts. */
  readonly whenLost: Promise<'lost'>;
  readonly #leaseMs: number;
  readonly #now: () => number;
  readonly #lost = new AbortController();
  readonly #expiring = new AbortController();
  #renewedAt: number;

  /** @param now monotonic, in milliseconds. */
  constructor({ key, token }: { key: string; token: string }, leaseMs: number, now: () => number) {
    this.key = key;
    this.token = token;
    this.graceMs = leaseMs * PARTS.grace;
    this.#leaseMs = leaseMs;
    this.#now = now;
    this.#renewedAt = now();
    const { promise, resolve } = withResolvers<'lost'>();
    this.whenLost = promise;
    this.lost.addEventListener('abort', () => resolve('lost'), { once: true });
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get expiring(): AbortSignal {
    return this.#expiring.signal;
  }

  check(): void {
    const silentMs = this.#now() - this.#renewedAt;
    if (this.lost.aborted || this.expiring.aborted || silentMs > this.#leaseMs * PARTS.effects)
      throw new LeaseLapsedError(this.key, silentMs);
  }

  /** @param askedAt when the renewal was asked for that has succeeded. */
  renewed(askedAt: number): void {
    this.#renewedAt = Math.max(this.#renewedAt, askedAt);
  }

  lose(): void {
    this.#lost.abort();
  }

  /** Looks at the clock. */
  tick(): void {
    if (this.#now() - this.#renewedAt > this.#leaseMs * PARTS.browser) this.#expiring.abort();
  }
}

/** The store has not confirmed for too long that the session is this node's: somebody else may be about to start it. */
class LeaseLapsedError extends SupervisorError {
  readonly code = 'LEASE_LAPSED';
  readonly retry: Retry = { kind: 'later', afterMs: 2_000 };
  constructor(key: string, silentMs: number) {
    super(`The store has not confirmed for ${Math.round(silentMs)} ms that session ${key} is this node's.`);
  }
}
