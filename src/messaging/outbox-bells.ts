import type { Redis } from 'ioredis';

import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import { BEGINNING } from '../store/position.ts';
import { fieldsOf } from '../store/session-hash.ts';
import { StreamFollower } from '../store/stream-follower.ts';

interface OutboxBellsOptions {
  readonly redis: Redis;
  /** A connection of its own, closed at the end. */
  readonly blocking: Redis;
  readonly keys: Keyspace;
  readonly ring: (key: string, what: 'new' | 'changed') => void;
  readonly onError: (error: unknown) => void;
}

/** Rings the outboxes of this node when something is asked of them. One that is not heard costs seconds: they look too. */
export async function followOutboxBells(options: OutboxBellsOptions): Promise<() => Promise<void>> {
  const { redis, blocking, keys, ring, onError } = options;
  const [newest] = await reachStore(() => redis.xrevrange(keys.outboxBells, '+', '-', 'COUNT', 1));
  const follower = new StreamFollower({
    blocking,
    key: keys.outboxBells,
    onError,
    onEntry: (_position, flat) => {
      const { key, what } = fieldsOf(flat);
      if (key !== undefined) ring(key, what === 'new' ? 'new' : 'changed');
    },
  });
  follower.start(newest?.[0] ?? BEGINNING);
  return () => follower.stop();
}
