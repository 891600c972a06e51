import { createHash } from 'node:crypto';

import type { Redis } from 'ioredis';
import type { z } from 'zod';

import { clockOf } from './redis-clock.ts';

/**
 * What a script may be told. No `null`: Lua would take it for something, not for nothing. What is `undefined` is left
 * out, and reads as `nil`. A number must be a whole one below 2^53, or Lua rounds it.
 */
type ScriptValue = string | number | boolean | undefined | object;

interface ScriptOptions<KeyName extends string, Reply> {
  readonly name: string;
  /** Names of the keys that the script touches, as its `keys` table holds them. */
  readonly keys: readonly KeyName[];
  /** Finds its keys by name in the table `keys`, and its arguments in the table `args`. */
  readonly lua: string;
  /** What the script answers; checked on every call, since Lua has no types. */
  readonly reply: z.ZodType<Reply>;
}

/**
 * How long after it was called a script may still do something, less than a caller waits (`COMMAND_TIMEOUT_MS`): a call
 * that was answered with an error must not happen later. What remains is an answer that is lost on its way.
 */
export const VALID_MS = 2_500;

/** `TIME` of Redis itself: nobody else's clock knows when it comes to run the script. */
const REFUSE_LATE = `
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[2]) then return redis.error_reply('TOOLATE the call was made too long ago') end
`;

/**
 * A Lua script that Redis runs as one step, in time or not at all. Sent by its hash, and whole when Redis does not know it (after a restart).
 */
export class RedisScript<KeyName extends string, Args extends Readonly<Record<keyof Args, ScriptValue>>, Reply> {
  readonly #options: ScriptOptions<KeyName, Reply>;
  readonly #lua: string;
  readonly #sha: string;

  constructor(options: ScriptOptions<KeyName, Reply>) {
    const table = options.keys.map((name, index) => `${name} = KEYS[${index + 1}]`).join(', ');
    this.#options = options;
    this.#lua = `${REFUSE_LATE}local keys = {${table}}\nlocal args = cjson.decode(ARGV[1])\n${options.lua}`;
    this.#sha = createHash('sha1').update(this.#lua).digest('hex');
  }

  /** `keys` may hold more than this script needs. Rejects with `TOOLATE` when Redis comes to it too late. */
  async run(redis: Redis, keys: Readonly<Record<KeyName, string>>, args: Args): Promise<Reply> {
    const clock = clockOf(redis);
    const calledAt = clock.now();
    const given = this.#options.keys.map((name) => keys[name]);
    const text = JSON.stringify(args);
    for (;;) {
      const until = (await clock.time(calledAt)) + VALID_MS;
      try {
        return this.#options.reply.parse(await this.#send(redis, given, text, until));
      } catch (error) {
        if (!isTooLate(error) || clock.now() - calledAt >= VALID_MS) throw error;
        // It is not late by our clock, so Redis' clock was set.
        clock.forget();
      }
    }
  }

  async #send(redis: Redis, keys: readonly string[], text: string, until: number): Promise<unknown> {
    try {
      return await redis.evalsha(this.#sha, keys.length, ...keys, text, until);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.#lua, keys.length, ...keys, text, until);
    }
  }
}

function isTooLate(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('TOOLATE');
}

/** Makes a script that takes `Args`; all else follows from its options. */
export function scriptTaking<Args extends Readonly<Record<keyof Args, ScriptValue>>>() {
  return <KeyName extends string, Reply>(options: ScriptOptions<KeyName, Reply>) =>
    new RedisScript<KeyName, Args, Reply>(options);
}
