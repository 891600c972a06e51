import { Redis } from 'ioredis';
import { z } from 'zod';

import { StoreUnavailableError, SupervisorError } from '../domain/errors.ts';

/** Where Redis listens: the embedded one's socket, or somebody's URL. */
export type RedisAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string }
  /** `url`: user, password, database and TLS of the master. */
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly master: string;
      readonly url: string | null;
    };

/**
 * `commands`: short calls that must fail soon when Redis is away. `blocking`: waits for data, retries for ever;
 * BullMQ demands that of its connections too. `check`: asks one that may refuse, and need not be ready.
 */
export type ConnectionUse = 'commands' | 'blocking' | 'check';

const COMMAND_TIMEOUT_MS = 3_000;

const RECONNECT = {
  maxRetriesPerRequest: null,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
};
const OPTIONS = {
  commands: { ...RECONNECT, commandTimeout: COMMAND_TIMEOUT_MS },
  blocking: RECONNECT,
  check: { ...RECONNECT, commandTimeout: COMMAND_TIMEOUT_MS, enableReadyCheck: false },
};

/**
 * Opens a connection that reconnects for ever, with at most two seconds between tries. `onError` hears of each failure:
 * without a listener ioredis prints them itself.
 */
export function connectRedis(address: RedisAddress, use: ConnectionUse, onError: (error: Error) => void): Redis {
  const redis = open(address, OPTIONS[use]);
  redis.on('error', onError);
  return redis;
}

function open(address: RedisAddress, options: (typeof OPTIONS)[ConnectionUse]): Redis {
  switch (address.kind) {
    case 'socket':
      return new Redis(address.path, options);
    case 'url':
      return new Redis(address.url, options);
    case 'sentinel': {
      const { sentinels, master: name, url } = address;
      const master = url === null ? {} : masterOptions(new URL(url));
      return new Redis({
        ...options,
        ...master,
        sentinels: [...sentinels],
        name,
        sentinelRetryStrategy: RECONNECT.retryStrategy,
      });
    }
  }
}

function masterOptions({ username, password, pathname, protocol }: URL) {
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(/^\/\d+$/.test(pathname) && { db: Number(pathname.slice(1)) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
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
    if (error instanceof SupervisorError || error instanceof z.ZodError || error instanceof TypeError) throw error;
    throw new StoreUnavailableError(
      error,
      error instanceof Error && FULL.test(error.message) ? 'refuses_writes' : 'silent',
    );
  }
}
