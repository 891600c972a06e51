import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { FencedError } from '../../src/domain/errors.ts';
import { connectRedis } from '../../src/store/connection.ts';
import { nextGeneration } from '../../src/vault/archive-store.ts';
import { DirectoryArchives } from '../../src/vault/directory-archives.ts';
import { RedisArchives } from '../../src/vault/redis-archives.ts';
import { TieredArchives } from '../../src/vault/tiered-archives.ts';
import { startTestRedis, type TestRedis } from '../redis.ts';
import { describeArchiveStore } from './archive-store-contract.ts';

const SMALL_BYTES = 300_000;
const ada = { userId: 'ada', id: 'shop' };

let server: TestRedis;
let redis: Redis;
let directory: string;
beforeAll(async () => {
  server = await startTestRedis();
  redis = connectRedis(server.address, 'commands', () => undefined);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const small = () => new RedisArchives({ redis, prefix: 'test', randomBytes });
const large = () => new DirectoryArchives({ directory, now: Date.now, randomBytes });
const tiered = () => new TieredArchives({ small: small(), large: large(), smallBytes: SMALL_BYTES });

async function clear(): Promise<void> {
  await server.flush();
  directory = await mkdtemp(join(tmpdir(), 'tiered-'));
}
beforeEach(async () => {
  await clear();
  return () => rm(directory, { recursive: true, force: true });
});

describeArchiveStore('two places, the small ones in Redis and the large ones in a directory', async () => ({
  open: tiered,
}));

describe('Two places', () => {
  async function* body(bytes: number): AsyncGenerator<Buffer> {
    for (let sent = 0; sent < bytes; sent += 100_000) yield randomBytes(Math.min(100_000, bytes - sent));
  }
  const put = async (epoch: number, bytes: number) => {
    const store = tiered();
    const generation = nextGeneration(epoch, (await store.generations(ada)).at(0));
    await store.put({ address: ada, generation, epoch, body: body(bytes), header: async () => Buffer.from('header') });
    return generation;
  };

  it('keep what is small in the one and what is large in the other, and list both, the newest first', async () => {
    const first = await put(1, SMALL_BYTES);
    const second = await put(1, SMALL_BYTES + 1);
    expect(await small().generations(ada)).toEqual([first]);
    expect(await large().generations(ada)).toEqual([second]);
    expect(await tiered().generations(ada)).toEqual([second, first]);
  });

  it('refuse an older epoch in the one for what the other keeps', async () => {
    await put(2, SMALL_BYTES + 1);
    await expect(put(1, 10)).rejects.toBeInstanceOf(FencedError);
  });

  it('forget in both', async () => {
    await put(1, 10);
    await put(1, SMALL_BYTES + 1);
    await tiered().forget(ada, 1);
    expect(await tiered().generations(ada)).toEqual([]);
    await expect(put(1, 10)).rejects.toBeInstanceOf(FencedError);
    await expect(put(1, SMALL_BYTES + 1)).rejects.toBeInstanceOf(FencedError);
  });
});
