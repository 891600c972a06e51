import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { connectRedis } from '../../src/store/connection.ts';
import { nextGeneration } from '../../src/vault/archive-store.ts';
import { RedisArchives } from '../../src/vault/redis-archives.ts';
import { startTestRedis, type TestRedis } from '../redis.ts';
import { describeArchiveStore } from './archive-store-contract.ts';

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startTestRedis({ appendOnly: true });
  redis = connectRedis(server.address, 'commands', () => undefined);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const ada = { userId: 'ada', id: 'shop' };
const LIMIT = 1_000_000;
const fresh = async () => {
  await server.flush();
  return new RedisArchives({ redis, prefix: 'test', randomBytes, maxBytes: LIMIT });
};

async function* pieces(size: number, marks: Buffer[] = []): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < size; sent += 100_000) {
    const piece = randomBytes(Math.min(100_000, size - sent));
    marks.push(piece.subarray(10, 42));
    yield piece;
  }
}

const archive = (body: AsyncIterable<Buffer>, header = async () => Buffer.from('header')) => ({
  address: ada,
  generation: nextGeneration(1, undefined),
  epoch: 1,
  body,
  header,
});

describeArchiveStore('Redis', async () => {
  await server.flush();
  return { open: () => new RedisArchives({ redis, prefix: 'test', randomBytes }) };
});

describe('Redis as a place for archives', () => {
  it('takes a body of exactly its limit', async () => {
    const store = await fresh();
    await store.put(archive(pieces(LIMIT)));
    expect(await store.generations(ada)).toHaveLength(1);
  });

  it('refuses a larger one with the limit’s number, and keeps none of it', async () => {
    const store = await fresh();
    await expect(store.put(archive(pieces(LIMIT + 1)))).rejects.toMatchObject({
      code: 'ARCHIVE_TOO_LARGE',
      limit: LIMIT,
    });
    expect(await redis.keys('*')).toEqual([]);
  });

  it('sends no chunk larger than 256 KiB', async () => {
    const store = await fresh();
    async function* huge(): AsyncGenerator<Buffer> {
      yield randomBytes(900_001);
    }
    await store.put(archive(huge()));
    const sizes = [];
    for await (const chunk of store.body(ada, nextGeneration(1, undefined))) sizes.push(chunk.length);
    expect(sizes).toEqual([262_144, 262_144, 262_144, 113_569]);
  });

  it('lets what a dying writer has sent expire, and what is kept not', async () => {
    const store = await fresh();
    const lifetimes: number[] = [];
    const header = async () => {
      for (const key of await redis.keys('*')) lifetimes.push(await redis.ttl(key));
      return Buffer.from('header');
    };
    await store.put(archive(pieces(300_000), header));
    expect(lifetimes).toHaveLength(1);
    expect(lifetimes[0]).toBeGreaterThan(0);
    for (const key of await redis.keys('*')) expect(await redis.ttl(key)).toBe(-1);
  });

  it('refuses to keep a draft that has lost its end', async () => {
    const store = await fresh();
    const header = async () => {
      for (const key of await redis.keys('*')) await redis.rpop(key);
      return Buffer.from('header');
    };
    await expect(store.put(archive(pieces(600_000), header))).rejects.toThrow('was gone from Redis');
    expect(await store.generations(ada)).toEqual([]);
  });

  it('keeps an archive over a crash of Redis', async () => {
    const store = await fresh();
    await store.put(archive(pieces(300_000)));
    await server.restart();
    await vi.waitFor(async () => expect(await store.generations(ada)).toHaveLength(1), 10_000);
  });

  it('leaves no byte of a forgotten body in memory, nor in its append-only file once that is rewritten', async () => {
    const store = await fresh();
    const marks: Buffer[] = [];
    await store.put(archive(pieces(600_000, marks)));
    const holding = async () => marks.filter((mark) => readAll.some((file) => file.includes(mark))).length;
    let readAll = await filesOf(server);
    expect(await holding()).toBeGreaterThan(0);
    await store.forget(ada, 1);
    expect(await redis.keys('*')).toEqual(['test:archives:forgotten:ada/shop']);
    expect(await redis.ttl('test:archives:forgotten:ada/shop')).toBeGreaterThan(86_000);
    await redis.bgrewriteaof();
    await vi.waitFor(async () => {
      const info = await redis.info('persistence');
      expect(info).toContain('aof_rewrite_in_progress:0');
      expect(info).toContain('aof_rewrite_scheduled:0');
      readAll = await filesOf(server);
      expect(await holding()).toBe(0);
    }, 10_000);
  });
});

async function filesOf({ address }: TestRedis): Promise<Buffer[]> {
  if (address.kind !== 'socket') throw new Error('The test’s Redis listens on a socket');
  const found = await readdir(dirname(address.path), { recursive: true, withFileTypes: true });
  return Promise.all(
    found.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name))),
  );
}
