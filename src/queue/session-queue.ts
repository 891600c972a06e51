import { setTimeout as sleep } from 'node:timers/promises';

import { Queue, WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';

import { monotonicClock, type Clock } from '../domain/clock.ts';
import { ensureError } from '../domain/errors.ts';
import { withResolvers } from '../domain/with-resolvers.ts';
import { reachStore } from '../store/connection.ts';
import { keyspace } from '../store/keys.ts';
import { FairQueue } from './fair-queue.ts';
import { QueuePositions } from './queue-positions.ts';
import { dropLock } from './scripts/drop-lock.ts';
import type { HeldLease, SessionLease } from './session-lease.ts';
import { SessionLeases } from './session-leases.ts';

/**
 * How the work on a session ended. `done`: nothing is wanted of it now. `handed_over`: another node goes on.
 * `lost`: this node no longer holds the job, so it must not end it.
 */
export type WorkResult = 'done' | 'handed_over' | 'lost';

interface SessionQueueOptions {
  /** Short commands. */
  readonly redis: Redis;
  /** Blocks while it waits for work; closed by the queue. */
  readonly blocking: Redis;
  readonly prefix: string;
  /** Sessions that this node runs at once. */
  readonly capacity: number;
  /**
   * How long a lease holds, and how often jobs are looked for whose lease is over. @defaultValue 12,000 and 2,000 ms
   */
  readonly failover?: { readonly lockMs: number; readonly stalledCheckMs: number };
  /** By which the leases are counted. Redis counts its locks by its own. @defaultValue the monotonic one */
  readonly leaseClock?: Clock;
  readonly onError: (error: Error) => void;
}

/** Who runs the sessions that the queue gives to this node. */
interface SessionWork {
  /**
   * Runs a session until it is at rest, or for as long as its lease holds. Where that is lost, nobody waits for the run
   * any more.
   */
  run(key: string, lease: SessionLease): Promise<WorkResult>;
  /** A job has ended here and its id is free again. */
  freed(key: string): void;
}

/** How long the last jobs may take to be handed over, unless Redis is away (ms). */
const HAND_OVER_MS = 1_500;
const FAILOVER = { lockMs: 12_000, stalledCheckMs: 2_000 };

const QUEUE = 'sessions';
const JOB = { removeOnComplete: true, removeOnFail: true };

/**
 * The sessions that are to run, as jobs of one BullMQ queue: job id = session key, a node = a worker with its capacity.
 * Gives placement, waiting in the queue, leases (job locks) and failover (stalled jobs).
 *
 * Sessions that ran already and lost their node (handed over, stalled, restored) are plain jobs, which workers take
 * first: they have had their turn, and only go on. All others have a place in the queue, which is the priority of their job.
 */
export class SessionQueue {
  readonly #options: SessionQueueOptions;
  readonly #queue: Queue;
  readonly #worker: Worker;
  readonly #places: FairQueue;
  readonly #positions: QueuePositions;
  readonly #leases: SessionLeases;
  readonly #work = withResolvers<SessionWork>();
  /** Sessions that this node runs at most at present. */
  #atMost: number;
  #hasPaused = false;
  #underWay = 0;
  /** Resolves when the paused worker has no job left. */
  #idle: Promise<void> = Promise.resolve();

  constructor(options: SessionQueueOptions) {
    const { redis, blocking, prefix, capacity, failover = FAILOVER, leaseClock = monotonicClock, onError } = options;
    this.#options = options;
    this.#atMost = capacity;
    const names = keyspace(prefix);
    this.#places = new FairQueue(redis, names);
    const bullPrefix = `${prefix}:bull`;
    this.#queue = new Queue(QUEUE, { connection: redis, prefix: bullPrefix, skipMetasUpdate: true });
    this.#worker = new Worker(QUEUE, (job, token) => this.#process(job, token), {
      connection: blocking,
      prefix: bullPrefix,
      concurrency: capacity,
      autorun: false,
      lockDuration: failover.lockMs,
      stalledInterval: failover.stalledCheckMs,
      // Done by the leases.
      skipLockRenewal: true,
      // A session may be taken over any number of times in its life.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    this.#positions = new QueuePositions({
      redis,
      keys: names,
      jobs: { interrupted: this.#queue.toKey('wait'), placed: this.#queue.toKey('prioritized') },
      onError: (error) => onError(ensureError(error)),
    });
    this.#queue.on('error', onError);
    this.#worker.on('error', onError);
    this.#leases = new SessionLeases({
      redis,
      jobPrefix: this.#queue.toKey(''),
      stalled: this.#queue.toKey('stalled'),
      leaseMs: failover.lockMs,
      clock: leaseClock,
      onError: (error) => onError(ensureError(error)),
    });
  }

  /** Begins to take sessions. */
  start(work: SessionWork): void {
    this.#work.resolve(work);
    this.#worker.on('completed', (job) => work.freed(String(job.id)));
    this.#worker.on('failed', (job) => {
      if (job !== undefined) work.freed(String(job.id));
    });
    // Resolves only when the worker is closed; what goes wrong is told by its `error` event.
    this.#worker.run().catch((error: unknown) => this.#options.onError(ensureError(error)));
  }

  /** Puts a session in the queue, where its user's turn is. One that is in the queue or running already is left alone. */
  async enqueue(key: string): Promise<void> {
    const place = await this.#places.join(key, this.#queue.toKey(key));
    if (place === null) return;
    await this.#queue.add('session', {}, { ...JOB, jobId: key, priority: place });
    this.#positions.queueMoved();
  }

  /** Puts a session that ran before all that have not, behind others that ran. One that runs is left alone. */
  async resume(key: string): Promise<void> {
    await this.withdraw(key);
    await this.#queue.add('session', {}, { ...JOB, jobId: key });
    this.#positions.queueMoved();
  }

  /**
   * Puts sessions in the queue that are not, in the given order, and has a look at the whole queue: another node may have
   * died before it did.
   */
  async enqueueMissing(keys: readonly string[]): Promise<void> {
    // In the order in which jobs move. One that is handed over meanwhile is missed, and `enqueue` leaves it alone.
    const placed = await this.placed();
    const interrupted = await this.interrupted();
    const there = new Set([...placed, ...interrupted, ...(await this.held())]);
    for (const key of keys) if (!there.has(key)) await this.enqueue(key);
    this.#positions.queueMoved();
  }

  /** Takes a session out of the queue. One that runs is left alone. */
  async withdraw(key: string): Promise<void> {
    await this.#queue.remove(key);
    await this.#places.leave(key, 'withdrawn');
    this.#positions.queueMoved();
  }

  /** Puts a session in the queue anew whose node is known to be dead, without waiting for its lock to expire. */
  async reclaim(key: string): Promise<void> {
    await reachStore(() => dropLock.run(this.#options.redis, { lock: this.#queue.toKey(`${key}:lock`) }, {}));
    await this.resume(key);
  }

  /** Keys of the sessions whose jobs are held by some node, dead ones included. */
  async held(): Promise<string[]> {
    return this.#options.redis.lrange(this.#queue.toKey('active'), 0, -1);
  }

  /** How many sessions wait to go on where they were interrupted. */
  async interruptedCount(): Promise<number> {
    return reachStore(() => this.#options.redis.llen(this.#queue.toKey('wait')));
  }

  /** Keys of the sessions that wait to go on where they were interrupted, the next one first. */
  async interrupted(): Promise<string[]> {
    return (await this.#options.redis.lrange(this.#queue.toKey('wait'), 0, -1)).toReversed();
  }

  /**
   * Keys of the sessions that have a place in the queue, the next one first. Their turn comes when nobody is interrupted.
   */
  async placed(): Promise<string[]> {
    return this.#options.redis.zrange(this.#queue.toKey('prioritized'), '0', '-1');
  }

  /** How many sessions this node runs at most from now on; those that run stay. 0 takes none. */
  setPlaces(places: number): void {
    if (this.#hasPaused || places === this.#atMost) return;
    const isMore = places > this.#atMost;
    this.#atMost = places;
    if (places > 0) this.#worker.concurrency = places;
    // A worker whose places are all taken looks at their number only when it is woken.
    const moved = [
      ...(places === 0 || isMore ? [this.#worker.pause(true)] : []),
      ...(places > 0 ? [this.#worker.resume()] : []),
    ];
    for (const move of moved) move.catch((error: unknown) => this.#options.onError(ensureError(error)));
  }

  /**
   * Takes no more sessions. What is handed over from now on goes to others: this worker's wait for work is cut, or it
   * would get it back.
   */
  pause(): void {
    this.#hasPaused = true;
    // One that was paused for want of places would not say when it is idle.
    if (this.#atMost === 0) this.#worker.resume().catch((error: unknown) => this.#options.onError(ensureError(error)));
    this.#idle = this.#worker.pause().catch((error: unknown) => this.#options.onError(ensureError(error)));
  }

  /** Closes, once the runs have ended: waits a moment until their jobs are handed over as well. */
  async close(): Promise<void> {
    const late = new AbortController();
    await Promise.race([this.#idle, sleep(HAND_OVER_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    await this.#positions.close();
    await this.#leases.close();
    await this.#worker.close(true);
    await this.#queue.close();
    this.#options.blocking.disconnect();
  }

  async #process(job: Job, token = ''): Promise<void> {
    const key = String(job.id);
    // Taken by a wait that began while there was a place: goes to somebody who has one.
    if (this.#underWay >= this.#atMost) return this.#handOver(job, token);
    const lease = this.#leases.begin(key, token);
    this.#underWay += 1;
    try {
      await this.#places.leave(key, 'taken').catch((error: unknown) => this.#options.onError(ensureError(error)));
      this.#positions.queueMoved();
      const work = await this.#work.promise;
      // When Redis gave the job nobody knows here: its lease counts from now.
      const isConfirmed = await this.#confirm(lease);
      const result = isConfirmed ? await Promise.race([work.run(key, lease), lease.whenLost]) : 'handed_over';
      if (result === 'lost') throw new Error(`The lease of session ${key} was lost.`);
      if (result === 'done') return;
      await this.#handOver(job, token);
    } finally {
      this.#underWay -= 1;
      this.#leases.end(lease);
    }
  }

  /** It goes on elsewhere before those who have not run. With a place, it would also wake nobody up. Never resolves. */
  async #handOver(job: Job, token: string): Promise<never> {
    await job.changePriority({ priority: 0 });
    await job.moveToWait(token);
    throw new WaitingError();
  }

  async #confirm(lease: HeldLease): Promise<boolean> {
    try {
      await this.#leases.renew([lease]);
      return true;
    } catch (error) {
      this.#options.onError(ensureError(error));
      return false;
    }
  }
}
