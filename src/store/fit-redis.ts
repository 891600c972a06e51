import type { Redis } from 'ioredis';

import { connectRedis, reachStore, type RedisAddress } from './connection.ts';
import { checkRedis, GOOD_POLICY, UnfitRedisError } from './redis-check.ts';

interface FitOptions {
  readonly address: RedisAddress;
  readonly config: {
    readonly redisPrefix: string;
    /** Whether somebody has chosen that prefix. */
    readonly isRedisPrefixGiven: boolean;
    readonly isProduction: boolean;
  };
  readonly log: { warn(fields: object, message: string): void };
  readonly onError: (error: Error) => void;
}

/**
 * Makes sure that a Redis can be used, and answers the prefix of every key in it: on a cluster, where nobody has chosen
 * one, one that keeps all in the same slot. Throws `UnfitRedisError` with what to type, and `StoreUnavailableError`.
 */
export async function fitRedis(options: FitOptions): Promise<string> {
  const { address, config, log, onError } = options;
  const { redisPrefix, isRedisPrefixGiven, isProduction } = config;
  const redis = connectRedis(address, 'check', onError);
  try {
    const prefix = isRedisPrefixGiven || !(await isCluster(redis)) ? redisPrefix : `{${redisPrefix}}`;
    const { policy, isCluster: isOne } = await reachStore(() => checkRedis(redis, prefix));
    if (isOne && !/\{.+\}/.test(prefix))
      throw new UnfitRedisError(
        `REDIS_PREFIX: on a Redis Cluster it needs a hash tag, so that all keys lie in one slot: REDIS_PREFIX={${prefix}}.`,
      );
    refuseEviction(policy, isProduction, log);
    return prefix;
  } finally {
    redis.disconnect();
  }
}

/** What it does where it has no room; `null` where it does not say. Never rejects. */
export async function evictionPolicy(redis: Redis): Promise<string | null> {
  const memory = await redis.info('memory').catch(() => '');
  return /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? null;
}

/** Of a Redis that does not say so, no. Throws `StoreUnavailableError`. */
export async function isCluster(redis: Redis): Promise<boolean> {
  const info = await reachStore(() => redis.info('server')).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ReplyError') return '';
    throw error;
  });
  return /^redis_mode:cluster/m.test(info);
}

function refuseEviction(policy: string | null, isProduction: boolean, log: FitOptions['log']): void {
  if (policy === null || policy === GOOD_POLICY) return;
  const sentence = `Redis evicts what it has no room for (maxmemory-policy ${policy}), and sessions would vanish. Type: CONFIG SET maxmemory-policy ${GOOD_POLICY}`;
  if (isProduction) throw new UnfitRedisError(sentence);
  log.warn({ policy }, sentence);
}
