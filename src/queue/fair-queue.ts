import type { Redis } from 'ioredis';

import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import { joinQueue, type QueueMember } from './scripts/join-queue.ts';
import { leaveQueue } from './scripts/leave-queue.ts';

/** BullMQ knows no greater priority (2^21). The queue would have to stay busy for a million rounds to come near. */
const GREATEST_PLACE = 2_097_151;

/**
 * Who comes when: places in the queue of sessions that wait for a node. A smaller one is taken first; of equal ones, the
 * first that came.
 */
export class FairQueue {
  readonly #redis: Redis;
  readonly #keys: { readonly places: string; readonly byUser: string };

  constructor(redis: Redis, { queuePlaces, queueByUser }: Keyspace) {
    this.#redis = redis;
    this.#keys = { places: queuePlaces, byUser: queueByUser };
  }

  /** The place of a session that joins, or `null` when its job exists already. Idempotent until the job is there. */
  async join(key: string, job: string): Promise<number | null> {
    const place = await reachStore(() =>
      joinQueue.run(this.#redis, { job, ...this.#keys }, { ...partsOf(key), greatest: GREATEST_PLACE }),
    );
    return place === 0 ? null : place;
  }

  /** The session no longer waits. One that does not wait is left alone. */
  async leave(key: string, how: 'taken' | 'withdrawn'): Promise<void> {
    await reachStore(() => leaveQueue.run(this.#redis, this.#keys, { ...partsOf(key), how }));
  }
}

function partsOf(key: string): QueueMember {
  const slash = key.indexOf('/');
  return { key, user: key.slice(0, slash), id: key.slice(slash + 1) };
}
