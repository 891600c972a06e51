import type { Redis } from 'ioredis';

import type { Clock } from '../domain/clock.ts';
import { every, type Recurring } from '../domain/every.ts';
import { reachStore } from '../store/connection.ts';
import { HeldLease } from './session-lease.ts';
import { renewLeases } from './scripts/renew-leases.ts';

interface SessionLeasesOptions {
  readonly redis: Redis;
  /** How the names of a queue's keys begin that have to do with a job. */
  readonly jobPrefix: string;
  /** Name of the set of jobs that may have stalled. */
  readonly stalled: string;
  readonly leaseMs: number;
  /** Monotonic. */
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Renewals, and looks at the clock, within one lease. */
const RENEWALS = 6;
const TICKS = 48;

/** The leases of the jobs that this node holds: renews them, and notices by its own clock when that does not succeed. */
export class SessionLeases {
  readonly #options: SessionLeasesOptions;
  readonly #held = new Map<string, HeldLease>();
  /** Whose browsers may still live, those that are lost included. */
  readonly #watched = new Set<HeldLease>();
  readonly #ticking: Recurring;
  readonly #renewing: Recurring;
  readonly #now = (): number => this.#options.clock.now();
  readonly #renewAll = (): void => this.#renewInBackground();

  constructor(options: SessionLeasesOptions) {
    this.#options = options;
    const { clock, leaseMs, redis } = options;
    this.#ticking = every(clock, leaseMs / TICKS, () => this.#tick());
    // No renewal waits for the one before: one that Redis does not answer takes longer than the lease has time.
    this.#renewing = every(clock, leaseMs / RENEWALS, this.#renewAll);
    redis.on('ready', this.#renewAll);
  }

  /** A job begins. An earlier run of the same session ends: its lock is not the one that holds now. */
  begin(key: string, token: string): HeldLease {
    this.#held.get(key)?.lose();
    const lease = new HeldLease({ key, token }, this.#options.leaseMs, this.#now);
    this.#held.set(key, lease);
    this.#watched.add(lease);
    return lease;
  }

  /** Asks Redis now. Rejects when it does not answer. */
  async renew(leases: readonly HeldLease[]): Promise<void> {
    if (leases.length === 0) return;
    const { redis, jobPrefix, stalled, leaseMs } = this.#options;
    const askedAt = this.#now();
    const asked = leases.map(({ key, token }) => ({ key, token }));
    const lost = new Set(
      await reachStore(() => renewLeases.run(redis, { stalled }, { jobPrefix, leases: asked, leaseMs })),
    );
    for (const lease of leases) {
      if (lost.has(lease.key)) lease.lose();
      else lease.renewed(askedAt);
    }
  }

  /** The job has ended. What is lost is watched on, for as long as its browser may live. */
  end(lease: HeldLease): void {
    if (this.#held.get(lease.key) === lease) this.#held.delete(lease.key);
    if (!lease.lost.aborted) this.#watched.delete(lease);
  }

  async close(): Promise<void> {
    this.#options.redis.off('ready', this.#renewAll);
    await Promise.all([this.#ticking.stop(), this.#renewing.stop()]);
  }

  #renewInBackground(): void {
    const held = [...this.#held.values()].filter(({ lost }) => !lost.aborted);
    this.renew(held).catch((error: unknown) => this.#options.onError(error));
  }

  #tick(): void {
    for (const lease of this.#watched) {
      lease.tick();
      if (lease.expiring.aborted) this.#watched.delete(lease);
    }
  }
}
