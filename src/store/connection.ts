import { Redis } from 'ioredis';
import { z } from 'zod';

import { StoreUnavailableError } from '../domain/errors.ts';

/** Where Redis listens: the embedded one's socket, or somebody's URL. */
export type RedisAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string };

/**
 * `commands`: short calls that must fail soon when Redis is away. `blocking`: waits for data, retries for ever;
 * BullMQ demands that of its connections too.
 */
export type ConnectionUse = 'commands' | 'blocking';

const COMMAND_TIMEOUT_MS = 3_000;

const RECONNECT = {
  maxRetriesPerRequest: null,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
};
const OPTIONS = {
  commands: { ...RECONNECT, commandTimeout: COMMAND_TIMEOUT_MS },
  blocking: RECONNECT,
};

/**
 * Opens a connection that reconnects for ever, with at most two seconds between tries. `onError` hears of each failure:
 * without a listener ioredis prints them itself.
 */
export function connectRedis(address: RedisAddress, use: ConnectionUse, onError: (error: Error) => void): Redis {
  const redis =
    address.kind === 'socket' ? new Redis(address.path, OPTIONS[use]) : new Redis(address.url, OPTIONS[use]);
  redis.on('error', onError);
  return redis;
}

/** Replies by which Redis says that it cannot serve now, rather than that the command was wrong. */
const CANNOT_SERVE = /^(LOADING|READONLY|MISCONF|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|OOM|BUSY|TRYAGAIN|TOOLATE)\b/;

/** MISCONF: its last write to the disk failed. */
const FULL = /^(MISCONF|OOM)\b/;

/**
 * Runs a call to Redis. When Redis is away or cannot serve, that becomes a {@link StoreUnavailableError}; a fault of
 * ours stays what it is.
 */
export async function reachStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError' && !CANNOT_SERVE.test(error.message)) throw error;
    if (error instanceof z.ZodError || error instanceof TypeError) throw error;
    throw new StoreUnavailableError(
      error,
      error instanceof Error && FULL.test(error.message) ? 'refuses_writes' : 'silent',
    );
  }
}
