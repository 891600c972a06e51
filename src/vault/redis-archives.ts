import type { Redis } from 'ioredis';

import { FencedError } from '../domain/errors.ts';
import { parseSessionKey, sessionKey, type SessionAddress } from '../domain/session.ts';
import { reachStore } from '../store/connection.ts';
import {
  epochDigits,
  FORGOTTEN_FOR_MS,
  newestFirst,
  parseGeneration,
  type ArchiveStore,
  type NewArchive,
} from './archive-store.ts';
import { ArchiveTooLargeError } from './errors.ts';
import { rechunked } from './rechunked.ts';
import { forgetArchives, keepArchive, removeArchive, replaceHeader } from './redis-archive-scripts.ts';

export interface RedisArchivesOptions {
  readonly redis: Redis;
  /** Of this service's keys in Redis. */
  readonly prefix: string;
  readonly randomBytes: (count: number) => Buffer;
  /** Largest sealed body, in bytes. @defaultValue {@link REDIS_ARCHIVE_LIMIT} */
  readonly maxBytes?: number;
}

/**
 * A limit of memory, not of time: others wait for one chunk at most, whatever the archive's size, but Redis holds two
 * archives a session, and a hundred of these are 6.4 GB. docs/vault.md has the measurements.
 */
const REDIS_ARCHIVE_LIMIT = 32 * 1024 * 1024;
/**
 * Measured: holds Redis for 0.07 ms, and for less than 1 ms in 99 of 100. Sixteen times as much holds it for 3 ms, and
 * for 87 ms on removal.
 */
const CHUNK_BYTES = 256 * 1024;
/** A body whose writer died goes by itself. */
const DRAFT_LIFETIME_SECONDS = 600;

/**
 * Archives in Redis, for the small ones: as durable as Redis is. Bodies lie in lists of chunks, and become known in one
 * step.
 */
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
    const draft = `${this.#drafts(address)}${generation}:${randomBytes(8).toString('hex')}`;
    try {
      let [bytes, chunks] = [0, 0];
      for await (const chunk of rechunked(body, CHUNK_BYTES)) {
        signal?.throwIfAborted();
        bytes += chunk.length;
        if (bytes > this.#maxBytes) throw new ArchiveTooLargeError(this.#maxBytes);
        await reachStore(() => redis.multi().rpush(draft, chunk).expire(draft, DRAFT_LIFETIME_SECONDS).exec());
        chunks += 1;
      }
      const latin1 = (await header(bytes)).toString('latin1');
      signal?.throwIfAborted();
      const keys = { ...this.#keys(address), draft, body: this.#body(address, generation) };
      const args = { generation, header: latin1, chunks, key: sessionKey(address) };
      const outcome = await reachStore(() => keepArchive.run(redis, keys, args));
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
    const args = { generation, expected: expected.toString('latin1'), next: next.toString('latin1') };
    return (await reachStore(() => replaceHeader.run(this.#options.redis, this.#keys(address), args))) === 1;
  }

  async remove(address: SessionAddress, generation: string): Promise<void> {
    const keys = { ...this.#keys(address), body: this.#body(address, generation) };
    const args = { generation, key: sessionKey(address) };
    await reachStore(() => removeArchive.run(this.#options.redis, keys, args));
  }

  async forget(address: SessionAddress, epoch: number): Promise<void> {
    const args = { key: sessionKey(address), epoch: epochDigits(epoch), rememberMs: FORGOTTEN_FOR_MS };
    await reachStore(() => forgetArchives.run(this.#options.redis, this.#keys(address), args));
    await this.#removeDrafts(address, epoch);
  }

  async *addresses(): AsyncGenerator<SessionAddress, void, undefined> {
    for (const key of (await reachStore(() => this.#options.redis.smembers(this.#sessions))).sort())
      yield parseSessionKey(key);
  }

  async #removeDrafts(address: SessionAddress, epoch: number): Promise<void> {
    const { redis } = this.#options;
    const prefix = this.#drafts(address);
    const pattern = `${prefix.replace(/[*?[\]\\]/g, '\\$&')}*`;
    const isForgotten = (key: string) =>
      (parseGeneration(key.slice(prefix.length).split(':', 1)[0] ?? '')?.epoch ?? 0) <= epoch;
    let cursor = '0';
    do {
      const [next, drafts] = await reachStore(() => redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000));
      const forgotten = drafts.filter(isForgotten);
      if (forgotten.length > 0) await reachStore(() => redis.unlink(...forgotten));
      cursor = next;
    } while (cursor !== '0');
  }

  #keys(address: SessionAddress) {
    return { archives: this.#archives(address), sessions: this.#sessions, forgotten: this.#forgotten(address) };
  }

  get #sessions(): string {
    return `${this.#options.prefix}:archives`;
  }

  #archives(address: SessionAddress): string {
    return `${this.#options.prefix}:archives:${sessionKey(address)}`;
  }

  #drafts(address: SessionAddress): string {
    return `${this.#archives(address)}:draft:`;
  }

  /** Up to which epoch the session was forgotten. No session's key begins so: there is a colon in it. */
  #forgotten(address: SessionAddress): string {
    return `${this.#options.prefix}:archives:forgotten:${sessionKey(address)}`;
  }

  #body(address: SessionAddress, generation: string): string {
    return `${this.#archives(address)}:${generation}`;
  }
}
