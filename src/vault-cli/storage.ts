import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';

import { isCluster } from '../store/fit-redis.ts';
import { connectRedis } from '../store/connection.ts';
import { keyspace, type Keyspace } from '../store/keys.ts';
import type { StorageConfig } from '../config/storage-config.ts';
import type { ArchiveStore } from '../vault/archive-store.ts';
import { KeyRing } from '../vault/key-ring.ts';
import { archivesOf } from '../vault/archives-of.ts';
import { NoKeysError } from './errors.ts';
import { reachRedis } from './reach-redis.ts';
import { knownKeys, type EncryptionKeys } from '../vault/service-keys.ts';

/** Where the service keeps what a tool looks after, while it is open. */
export interface Place {
  readonly archives: ArchiveStore;
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Of those that are given and the one that was made here. */
  knownKeyNames(): readonly string[];
  /** Throws {@link NoKeysError}. */
  encryptionKeys(): EncryptionKeys;
  /** All of them, to open with. Throws {@link NoKeysError}. */
  ring(): KeyRing;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

interface PlaceOptions {
  readonly config: StorageConfig;
  readonly absent: 'refuse' | 'create';
  readonly signal: AbortSignal;
}

/**
 * Opens the place, does the work in it, and closes it whatever comes of that. Rejects as `reachRedis` and the work do.
 */
export async function inPlace<T>(
  { config, absent, signal }: PlaceOptions,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const reached = await reachRedis({ config, absent, signal });
  // What goes wrong is told by the command that it went wrong for.
  const redis = connectRedis(reached.address, 'commands', () => undefined);
  const encryptionKeys = () => {
    const known = knownKeys(config);
    if (known === null) throw new NoKeysError(config.dataDir);
    return known;
  };
  const now = () => Date.now();
  try {
    const isTagged = !config.isRedisPrefixGiven && config.redis.kind === 'url' && (await isCluster(redis));
    const redisPrefix = isTagged ? `{${config.redisPrefix}}` : config.redisPrefix;
    return await work({
      archives: archivesOf({ config: { ...config, redisPrefix }, redis, now, randomBytes }),
      redis,
      encryptionKeys,
      now,
      randomBytes,
      keys: keyspace(redisPrefix),
      knownKeyNames: () => (knownKeys(config) ?? []).map(({ kid }) => kid),
      ring: () => new KeyRing(encryptionKeys()),
    });
  } finally {
    redis.disconnect();
    await reached.release();
  }
}
