import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { FencedError, StoreUnavailableError } from '../../src/domain/errors.ts';
import { nextGeneration } from '../../src/vault/archive-store.ts';
import { S3Archives, type S3ArchivesOptions } from '../../src/vault/s3-archives.ts';
import { describeArchiveStore } from './archive-store-contract.ts';
import { type S3Server, startS3Server } from './s3-server.ts';

const ada = { userId: 'ada', id: 'shop' };
let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
});
afterAll(() => server.stop());
beforeEach(() => server.clear());

const onServer = (over: Partial<S3ArchivesOptions> = {}) => {
  const { url: endpoint, bucket, region, accessKeyId, secretAccessKey } = server;
  return new S3Archives({
    endpoint,
    bucket,
    region,
    accessKeyId,
    secretAccessKey,
    pathStyle: true,
    prefix: 'wa/logins',
    now: () => Date.now(),
    randomBytes,
    ...over,
  });
};

async function* pieces(size: number): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < size; sent += 1_000_000) yield randomBytes(Math.min(1_000_000, size - sent));
}

const archive = (size: number, epoch = 1) => ({
  address: ada,
  generation: nextGeneration(epoch, undefined),
  epoch,
  body: pieces(size),
  header: async () => Buffer.from('header'),
});

describeArchiveStore('object storage', async () => {
  server.clear();
  return { open: () => onServer() };
});

describe('Object storage as a place for archives', () => {
  it('holds a body in parts of at most 8 MiB beside one index', async () => {
    await onServer().put(archive(20_000_000));
    const sizes = [...server.objects].map(([key, { length }]) => [
      key.replace(/-[0-9a-f]{16}\//, '/').slice(-31),
      length,
    ]);
    expect(sizes.slice(0, 3).map(([, size]) => size)).toEqual([8_388_608, 8_388_608, 3_222_784]);
    expect([...server.objects.keys()].filter((key) => key.endsWith('index.json'))).toEqual([
      'wa/logins/ada%2Fshop/index.json',
    ]);
    expect(server.objects.size).toBe(4);
  });

  it('leaves an index without archives of whom it forgets, and nothing else', async () => {
    await onServer().put(archive(20_000_000));
    await onServer().forget(ada, 1);
    expect([...server.objects.keys()]).toEqual(['wa/logins/ada%2Fshop/index.json']);
    expect(JSON.parse(String(server.objects.get('wa/logins/ada%2Fshop/index.json')))).toEqual({
      generations: {},
      forgotten: { upTo: 1, at: expect.any(Number) as unknown },
    });
  });

  it('removes with a session what a writer that was killed has left of it', async () => {
    const left = `wa/logins/ada%2Fshop/${nextGeneration(1, undefined)}-00ff00ff00ff00ff/000000`;
    server.objects.set(left, Buffer.from('half'));
    await onServer().forget(ada, 1);
    expect(server.objects.has(left)).toBe(false);
  });

  it('takes a forgotten epoch again after a day', async () => {
    await onServer().forget(ada, 1);
    await expect(onServer().put(archive(10))).rejects.toBeInstanceOf(FencedError);
    await onServer({ now: () => Date.now() + 86_460_000 }).put(archive(10));
    expect(await onServer().generations(ada)).toHaveLength(1);
  });

  it('keeps what several put at once', async () => {
    const at = (userId: string, epoch: number) => ({ ...archive(10, epoch), address: { userId, id: 'shop' } });
    await Promise.all(['ada', 'bob', 'eve'].map((userId) => onServer().put(at(userId, 1))));
    const generations = [0, 1, 2].map((sequence) => `${nextGeneration(2, undefined).slice(0, -1)}${sequence}`);
    await Promise.all(generations.map((generation) => onServer().put({ ...archive(10, 2), generation })));
    expect(await onServer().generations(ada)).toEqual(generations.toReversed().concat(nextGeneration(1, undefined)));
  });

  it('goes on over a server that is busy for a moment, and over an answer that is lost', async () => {
    server.meet({ method: 'PUT', kind: 'unavailable' }, 1);
    await onServer().put(archive(10, 1));
    server.meet({ method: 'PUT', kind: 'lost' }, 2);
    await onServer().put(archive(10, 2));
    expect(await onServer().generations(ada)).toHaveLength(2);
  });

  it('says that the store does not answer when it is busy for long or not there', async () => {
    server.meet({ method: 'GET', kind: 'unavailable' }, 4);
    await expect(onServer().generations(ada)).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(onServer({ endpoint: 'http://127.0.0.1:1' }).generations(ada)).rejects.toBeInstanceOf(
      StoreUnavailableError,
    );
  });

  it.each([
    ['its secret is wrong', { secretAccessKey: 'another' }],
    ['its bucket is not there', { bucket: 'another' }],
  ])('says that the store refuses, not that nothing is kept, when %s', async (_what, over) => {
    await onServer().put(archive(10));
    await expect(onServer(over).generations(ada)).rejects.toMatchObject({
      code: 'OBJECT_STORE_REFUSED',
      retry: { kind: 'later' },
    });
    await expect(onServer(over).put(archive(10))).rejects.toMatchObject({ code: 'OBJECT_STORE_REFUSED' });
  });

  it('calls an index that was tampered with damage, not an empty store', async () => {
    await onServer().put(archive(10));
    server.objects.set('wa/logins/ada%2Fshop/index.json', Buffer.from('{}'));
    await expect(onServer().generations(ada)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' });
  });
});
