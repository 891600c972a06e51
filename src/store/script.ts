import { createHash } from 'node:crypto';

import type { Redis } from 'ioredis';
import type { z } from 'zod';

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
 * A Lua script that Redis runs as one step. Sent by its hash, and whole when Redis does not know it (after a restart).
 */
export class RedisScript<KeyName extends string, Args extends Readonly<Record<keyof Args, ScriptValue>>, Reply> {
  readonly #options: ScriptOptions<KeyName, Reply>;
  readonly #lua: string;
  readonly #sha: string;

  constructor(options: ScriptOptions<KeyName, Reply>) {
    const table = options.keys.map((name, index) => `${name} = KEYS[${index + 1}]`).join(', ');
    this.#options = options;
    this.#lua = `local keys = {${table}}\nlocal args = cjson.decode(ARGV[1])\n${options.lua}`;
    this.#sha = createHash('sha1').update(this.#lua).digest('hex');
  }

  /** `keys` may hold more than this script needs. */
  async run(redis: Redis, keys: Readonly<Record<KeyName, string>>, args: Args): Promise<Reply> {
    const { keys: names, reply } = this.#options;
    const given = names.map((name) => keys[name]);
    const text = JSON.stringify(args);
    try {
      return reply.parse(await redis.evalsha(this.#sha, given.length, ...given, text));
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return reply.parse(await redis.eval(this.#lua, given.length, ...given, text));
    }
  }
}

/** Makes a script that takes `Args`; all else follows from its options. */
export function scriptTaking<Args extends Readonly<Record<keyof Args, ScriptValue>>>() {
  return <KeyName extends string, Reply>(options: ScriptOptions<KeyName, Reply>) =>
    new RedisScript<KeyName, Args, Reply>(options);
}
