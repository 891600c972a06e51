import { createHash } from 'node:crypto';

import type { Redis } from 'ioredis';
import type { z } from 'zod';

interface ScriptOptions<Reply> {
  readonly name: string;
  readonly lua: string;
  /** What the script answers; checked on every call, since Lua has no types. */
  readonly reply: z.ZodType<Reply>;
}

/**
 * A Lua script that Redis runs as one step. Sent by its hash, and whole when Redis does not know it (after a restart).
 */
export class RedisScript<Reply> {
  readonly #options: ScriptOptions<Reply>;
  readonly #sha: string;

  constructor(options: ScriptOptions<Reply>) {
    this.#options = options;
    this.#sha = createHash('sha1').update(options.lua).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply> {
    const { lua, reply } = this.#options;
    try {
      return reply.parse(await redis.evalsha(this.#sha, keys.length, ...keys, ...args));
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return reply.parse(await redis.eval(lua, keys.length, ...keys, ...args));
    }
  }
}
