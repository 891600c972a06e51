import type { Redis } from 'ioredis';

/** Redis' time at a moment of this process, in milliseconds since 1970. */
type RedisTime = (moment: number) => number;

/**
 * Tells Redis' time without asking it each time: what a call may still do is said in that time, since Redis runs some
 * calls later than they were made, a frozen one or one behind a cut network minutes later. Measured against the
 * monotonic clock, which goes on while this process is frozen and which nobody turns.
 */
export class RedisClock {
  readonly #redis: Redis;
  readonly #now: () => number;
  #time: RedisTime | null = null;
  #measuring: Promise<RedisTime> | null = null;

  constructor(redis: Redis, now: () => number) {
    this.#redis = redis;
    this.#now = now;
    // Behind one address there may be another Redis after a reconnect, with a clock of its own.
    redis.on('close', () => this.forget());
  }

  /** This process's monotonic clock, in milliseconds. */
  now(): number {
    return this.#now();
  }

  /** Asks Redis where it is not known yet. Rejects when Redis does not answer. */
  async time(moment: number): Promise<number> {
    return (this.#time ?? (await this.#measure()))(moment);
  }

  /** Redis has shown that its clock is not where it was: it is asked at the next call. */
  forget(): void {
    this.#time = null;
  }

  #measure(): Promise<RedisTime> {
    this.#measuring ??= this.#ask().finally(() => (this.#measuring = null));
    return this.#measuring;
  }

  async #ask(): Promise<RedisTime> {
    const [seconds, microseconds] = await this.#redis.time();
    // Taken when the answer is here: Redis' time is later than we think then, so that a call ends early, never late.
    const answeredAt = this.#now();
    const millis = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    return (this.#time = (moment) => millis + moment - answeredAt);
  }
}

const clocks = new WeakMap<Redis, RedisClock>();

/** The clock of the Redis behind a connection. */
export function clockOf(redis: Redis): RedisClock {
  const known = clocks.get(redis);
  if (known !== undefined) return known;
  const clock = new RedisClock(redis, () => performance.now());
  clocks.set(redis, clock);
  return clock;
}
