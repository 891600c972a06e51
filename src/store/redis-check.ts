import type { Redis } from 'ioredis';

import { SupervisorError } from '../domain/errors.ts';

/** What Redis is, and whether it may be used as it is. */
export interface RedisKind {
  /** One that evicts loses sessions in silence: only `noeviction` keeps them. `null` where it does not say. */
  readonly policy: string | null;
  readonly isCluster: boolean;
}

/** This Redis cannot be used as it is. The message says what to type, a line each. */
export class UnfitRedisError extends SupervisorError {
  readonly code = 'REDIS_UNFIT';
}

export const GOOD_POLICY = 'noeviction';

/**
 * One call of each command that this service and its queue make, on a key of its own that is not there: whether the user
 * may, Redis says before it does anything.
 */
const CALLS: readonly (readonly [string, ...string[]])[] = [
  ['info', 'server'],
  ['time'],
  ['ping'],
  ['eval', "return redis.call('TIME')", '0'],
  ['evalsha', '0000000000000000000000000000000000000000', '0'],
  ['hset', 'KEY:h', 'a', '1'],
  ['hget', 'KEY:h', 'a'],
  ['hmget', 'KEY:h', 'a'],
  ['hgetall', 'KEY:h'],
  ['hvals', 'KEY:h'],
  ['hexists', 'KEY:h', 'a'],
  ['hlen', 'KEY:h'],
  ['hincrby', 'KEY:h', 'a', '1'],
  ['hdel', 'KEY:h', 'a'],
  ['zadd', 'KEY:z', '1', 'a'],
  ['zscore', 'KEY:z', 'a'],
  ['zcard', 'KEY:z'],
  ['zrange', 'KEY:z', '0', '0'],
  ['zrevrange', 'KEY:z', '0', '0'],
  ['zrevrangebylex', 'KEY:z', '+', '-'],
  ['zrangebyscore', 'KEY:z', '0', '0'],
  ['zremrangebyscore', 'KEY:z', '0', '0'],
  ['zpopmin', 'KEY:none'],
  ['bzpopmin', 'KEY:none', '0.01'],
  ['zrem', 'KEY:z', 'a'],
  ['rpush', 'KEY:l', 'a'],
  ['lpush', 'KEY:l', 'a'],
  ['lrange', 'KEY:l', '0', '0'],
  ['llen', 'KEY:l'],
  ['lrem', 'KEY:l', '1', 'a'],
  ['ltrim', 'KEY:l', '0', '0'],
  ['rpoplpush', 'KEY:none', 'KEY:none'],
  ['sadd', 'KEY:s', 'a'],
  ['srem', 'KEY:s', 'a'],
  ['smembers', 'KEY:s'],
  ['xadd', 'KEY:x', '*', 'a', '1'],
  ['xread', 'COUNT', '1', 'STREAMS', 'KEY:x', '0'],
  ['xrange', 'KEY:x', '-', '+', 'COUNT', '1'],
  ['xrevrange', 'KEY:x', '+', '-', 'COUNT', '1'],
  ['xlen', 'KEY:x'],
  ['xtrim', 'KEY:x', 'MAXLEN', '1'],
  ['xdel', 'KEY:x', '0-1'],
  ['xinfo', 'STREAM', 'KEY:x'],
  ['set', 'KEY:v', '1'],
  ['get', 'KEY:v'],
  ['mget', 'KEY:v'],
  ['incr', 'KEY:v'],
  ['exists', 'KEY:v'],
  ['pexpire', 'KEY:v', '1000'],
  ['pttl', 'KEY:v'],
  ['multi'],
  ['exec'],
  ['del', 'KEY:v', 'KEY:h', 'KEY:z', 'KEY:l', 'KEY:s', 'KEY:x'],
];

/**
 * Looks at a Redis before anything else uses it, on a connection that does not wait until it is ready. Throws {@link
 * UnfitRedisError} when its user lacks a right, with a line for each that says what to type, or where it is a node of a
 * cluster that does not hold these keys.
 */
export async function checkRedis(redis: Redis, prefix: string): Promise<RedisKind> {
  const missing: string[] = [];
  let keysAreOurs = true;
  let moved: string | null = null;
  for (const [command, ...args] of CALLS) {
    const error = await refusalOf(redis, command, args, `${prefix}:check`);
    if (error === null) continue;
    if (/^NOPERM .*\bkeys?\b/.test(error) && !error.includes('command')) keysAreOurs = false;
    else if (error.startsWith('NOPERM')) missing.push(command);
    else if (error.startsWith('MOVED')) moved = error.split(' ')[2] ?? null;
  }
  if (missing.length > 0 || !keysAreOurs) throw await lacking(redis, missing, keysAreOurs ? null : prefix);
  if (moved !== null)
    throw new UnfitRedisError(
      `REDIS_URL: this is a node of a Redis Cluster that does not hold the keys ${prefix}:*. Name the one that does: redis://${moved}.`,
    );
  const server = await redis.info('server').then(String, () => '');
  const memory = await redis.info('memory').then(String, () => '');
  return {
    policy: /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? null,
    isCluster: /^redis_mode:cluster/m.test(server),
  };
}

async function lacking(redis: Redis, commands: readonly string[], prefix: string | null): Promise<UnfitRedisError> {
  const user = await redis.call('ACL', 'WHOAMI').then(String, () => redis.options.username ?? 'default');
  const rules = [...(prefix === null ? [] : [`~${prefix}:*`]), ...commands.map((command) => `+${command}`)];
  return new UnfitRedisError(
    rules.map((rule) => `Redis: user ${user} lacks a right. Grant it with: ACL SETUSER ${user} ${rule}`).join('\n'),
  );
}

/** Why Redis refused the call; `null` when it did not, or only for what the call asked of it. */
async function refusalOf(redis: Redis, command: string, args: readonly string[], key: string): Promise<string | null> {
  try {
    await redis.call(command, ...args.map((arg) => arg.replace(/^KEY/, key)));
    return null;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ReplyError') throw error;
    return /^(NOPERM|MOVED) /.test(error.message) ? error.message : null;
  }
}
