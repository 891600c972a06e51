import type { Redis } from 'ioredis';
import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

import { inTime } from '../../domain/deadline.ts';
import { RateLimitedError } from '../../domain/errors.ts';
import type { ApiEnv } from './environment.ts';
import { problemResponse } from './problems.ts';

/** How a user's requests of this minute stand. */
interface Allowance {
  readonly isOver: boolean;
  readonly remaining: number;
  /** Until all may be made again (ms). */
  readonly resetMs: number;
}

export interface RateLimiter {
  readonly perMinute: number;
  /** Counts one request. Never rejects. */
  count(userId: string): Promise<Allowance>;
}

interface RateLimiterOptions {
  readonly redis: Redis;
  /** How the names of its keys begin. */
  readonly prefix: string;
  /** More than 0. */
  readonly perMinute: number;
}

const WINDOW_SECONDS = 60;
/** A store that does not answer must not hold each request up. */
const PATIENCE_MS = 200;

/** Streams, which are bounded in number; and what plays the phone in a test. */
const NOT_COUNTED = /\/(?:events|simulate)$/;

/** Counts in Redis, for all nodes; while it is away each process counts by itself. */
export function createRateLimiter({ redis, prefix, perMinute }: RateLimiterOptions): RateLimiter {
  const limits = { points: perMinute, duration: WINDOW_SECONDS };
  const alone = new RateLimiterMemory(limits);
  const together = new RateLimiterRedis({
    ...limits,
    storeClient: redis,
    keyPrefix: `${prefix}:rate`,
    rejectIfRedisNotReady: true,
  });
  const consume = async (limiter: RateLimiterMemory | RateLimiterRedis, userId: string): Promise<Allowance> => {
    try {
      return allowance(await limiter.consume(userId), false);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return allowance(refusal, true);
      throw refusal;
    }
  };
  return {
    perMinute,
    async count(userId) {
      return inTime(PATIENCE_MS, consume(together, userId)).catch(() => consume(alone, userId));
    },
  };
}

/** Answers 429 to who asks too often, and tells everybody how much is left. */
export function limitRate(limiter: RateLimiter): MiddlewareHandler<ApiEnv> {
  const policy = `"minute";q=${limiter.perMinute};w=${WINDOW_SECONDS}`;
  return async (c, next) => {
    if (NOT_COUNTED.test(c.req.path)) return next();
    const { isOver, remaining, resetMs } = await limiter.count(c.var.caller.userId);
    if (isOver) {
      const error = new RateLimitedError(`More than ${limiter.perMinute} requests within a minute.`, resetMs);
      c.res = problemResponse(error, c.var.requestId);
    } else await next();
    // The fields of draft-ietf-httpapi-ratelimit-headers.
    c.header('ratelimit-policy', policy);
    c.header('ratelimit', `"minute";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`);
  };
}

function allowance({ remainingPoints, msBeforeNext }: RateLimiterRes, isOver: boolean): Allowance {
  return { isOver, remaining: Math.max(0, remainingPoints), resetMs: Math.max(1, msBeforeNext) };
}
