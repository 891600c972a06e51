import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';

import { reachStore } from '../store/connection.ts';

/**
 * How many sessions wait for a node, in the whole fleet: those that were interrupted, and those in the queue. Reads the
 * queue without being part of it, so that a process can tell which takes no sessions. Throws {@link
 * StoreUnavailableError}.
 */
export async function sessionsWaiting(redis: Redis, prefix: string): Promise<number> {
  const keys = new QueueKeys(`${prefix}:bull`);
  const [interrupted, placed] = await reachStore(() =>
    Promise.all([redis.llen(keys.toKey('sessions', 'wait')), redis.zcard(keys.toKey('sessions', 'prioritized'))]),
  );
  return interrupted + placed;
}
