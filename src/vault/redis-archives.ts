import type { Redis } from 'ioredis';
import { z } from 'zod';

import { FencedError } from '../domain/errors.ts';
import { parseSessionKey, sessionKey, type SessionAddress } from '../domain/session.ts';
import { reachStore } from '../store/connection.ts';
import { RedisScript } from '../store/script.ts';
import { newestFirst, type ArchiveStore, type NewArchive } from './archive-store.ts';
import { ArchiveTooLargeError } from './errors.ts';

export interface RedisArchivesOptions {
  readonly redis: Redis;
  /** Of this service's keys in Redis. */
  readonly prefix: string;
  readonly randomBytes: (count: number) => Buffer;
  /** Largest sealed body, in bytes. @defaultValue {@link REDIS_ARCHIVE_LIMIT} */
  readonly maxBytes?: number;
}

/**
 * Redis keeps two archives a session in memory, and one thread serves everybody: at this size the slowest step is that of one chunk, and a
 * hundred sessions take at most 6.4 GB. Larger ones belong in a directory or in object storage.
 */
const REDIS_ARCHIVE_LIMIT = 32 * 1024 * 1024;
/** Small enough that no other command waits for one noticeably. */
const CHUNK_BYTES = 256 * 1024;
/** A body whose writer died goes by itself. */
const DRAFT_LIFETIME_SECONDS = 600;

/**
 * KEYS  archives (hash: generation → header), draft (list), body (list), sessions (set)
 * ARGV  generation, header, number of chunks, session key
 * Reply kept, fenced, or lost when the draft is no longer whole
 */
const KEEP = `
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(name, 1, 16) > string.sub(ARGV[1], 1, 16) then return 'fenced' end
end
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[3]) then return 'lost' end
if tonumber(ARGV[3]) > 0 then
  redis.call('RENAME', KEYS[2], KEYS[3])
  redis.call('PERSIST', KEYS[3])
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('SADD', KEYS[4], ARGV[4])
return 'kept'
`;

/**
 * KEYS  archives (hash)
 * ARGV  generation, expected header, next header
 */
const REPLACE = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`;

/**
 * Removes the body first: the data key is in the header, and a header without its body is no use to anybody.
 * KEYS  archives (hash), body (list), sessions (set)
 * ARGV  generation, session key
 */
const REMOVE = `
redis.call('DEL', KEYS[2])
redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[3], ARGV[2]) end
return 1
`;

const keep = new RedisScript({ name: 'keep-archive', lua: KEEP, reply: z.enum(['kept', 'fenced', 'lost']) });
const replace = new RedisScript({ name: 'replace-archive-header', lua: REPLACE, reply: z.int() });
const remove = new RedisScript({ name: 'remove-archive', lua: REMOVE, reply: z.int() });

/** Archives in Redis, for the small ones: as durable as Redis is. Bodies lie in lists of chunks, and become known in one step. */
export class RedisArchives implements ArchiveStore {
  readonly name = 'redis';
  readonly #options: RedisArchivesOptions;
  readonly #maxBytes: number;

  constructor(options: RedisArchivesOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? REDIS_ARCHIVE_LIMIT;
  }

  async put({ address, generation, epoch, body, header }: NewArchive, signal?: AbortSignal): Promise<void> {
    const { redis, randomBytes } = this.#options;
    const draft = `${this.#archives(address)}:draft:${randomBytes(8).toString('hex')}`;
    try {
      let [bytes, chunks] = [0, 0];
      for await (const chunk of rechunked(body)) {
        signal?.throwIfAborted();
        bytes += chunk.length;
        if (bytes > this.#maxBytes) throw new ArchiveTooLargeError(this.#maxBytes);
        await reachStore(() => redis.multi().rpush(draft, chunk).expire(draft, DRAFT_LIFETIME_SECONDS).exec());
        chunks += 1;
      }
      const latin1 = (await header(bytes)).toString('latin1');
      signal?.throwIfAborted();
      const keys = [this.#archives(address), draft, this.#body(address, generation), this.#sessions];
      const outcome = await reachStore(() => keep.run(redis, keys, [generation, latin1, chunks, sessionKey(address)]));
      if (outcome === 'fenced') throw new FencedError(sessionKey(address), epoch);
      if (outcome === 'lost') throw new Error(`The draft of ${chunks} chunks was gone from Redis before it was whole.`);
    } catch (error) {
      // Where Redis is away the draft expires.
      await redis.del(draft).catch(() => undefined);
      throw error;
    }
  }

  async generations(address: SessionAddress): Promise<string[]> {
    return newestFirst(await reachStore(() => this.#options.redis.hkeys(this.#archives(address))));
  }

  async header(address: SessionAddress, generation: string): Promise<Buffer | null> {
    const kept = await reachStore(() => this.#options.redis.hget(this.#archives(address), generation));
    return kept === null ? null : Buffer.from(kept, 'latin1');
  }

  async *body(address: SessionAddress, generation: string): AsyncGenerator<Uint8Array, void, undefined> {
    for (let index = 0; ; index += 1) {
      const chunk = await reachStore(() => this.#options.redis.lindexBuffer(this.#body(address, generation), index));
      if (chunk === null) return;
      yield chunk;
    }
  }

  async replaceHeader(address: SessionAddress, generation: string, expected: Buffer, next: Buffer): Promise<boolean> {
    const args = [generation, expected.toString('latin1'), next.toString('latin1')];
    return (await reachStore(() => replace.run(this.#options.redis, [this.#archives(address)], args))) === 1;
  }

  async remove(address: SessionAddress, generation: string): Promise<void> {
    const keys = [this.#archives(address), this.#body(address, generation), this.#sessions];
    await reachStore(() => remove.run(this.#options.redis, keys, [generation, sessionKey(address)]));
  }

  async forget(address: SessionAddress): Promise<void> {
    for (const generation of await this.generations(address)) await this.remove(address, generation);
    await this.#removeDrafts(address);
  }

  async *addresses(): AsyncGenerator<SessionAddress, void, undefined> {
    for (const key of (await reachStore(() => this.#options.redis.smembers(this.#sessions))).sort()) yield parseSessionKey(key);
  }

  async #removeDrafts(address: SessionAddress): Promise<void> {
    const { redis } = this.#options;
    const pattern = `${this.#archives(address).replace(/[*?[\]\\]/g, '\\$&')}:draft:*`;
    let cursor = '0';
    do {
      const [next, drafts] = await reachStore(() => redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000));
      if (drafts.length > 0) await reachStore(() => redis.del(...drafts));
      cursor = next;
    } while (cursor !== '0');
  }

  get #sessions(): string {
    return `${this.#options.prefix}:archives`;
  }

  #archives(address: SessionAddress): string {
    return `${this.#options.prefix}:archives:${sessionKey(address)}`;
  }

  #body(address: SessionAddress, generation: string): string {
    return `${this.#archives(address)}:${generation}`;
  }
}

/** The same bytes in pieces of {@link CHUNK_BYTES}. */
async function* rechunked(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let [pending, length]: [Uint8Array[], number] = [[], 0];
  for await (const chunk of body) {
    pending.push(chunk);
    length += chunk.length;
    if (length < CHUNK_BYTES) continue;
    const whole = Buffer.concat(pending);
    const even = whole.length - (whole.length % CHUNK_BYTES);
    for (let start = 0; start < even; start += CHUNK_BYTES) yield whole.subarray(start, start + CHUNK_BYTES);
    [pending, length] = [[whole.subarray(even)], whole.length - even];
  }
  if (length > 0) yield Buffer.concat(pending);
}
