import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';

import { findRedis } from '#find-executables';

import { openDataDirectory } from '../../src/host/data-directory/data-directory.ts';
import { startEmbeddedRedis } from '../../src/store/embedded/embedded-redis.ts';
import { reachRedis } from '../../src/vault-cli/reach-redis.ts';
import { useTempDir } from '../temp-dir.ts';

const executable = findRedis(process.env);
const signal = new AbortController().signal;

it('a running service’s Redis is found where the data directory’s path is too long for a socket, too', async () => {
  const dataDir = join(useTempDir(), 'd'.repeat(120));
  const directory = await openDataDirectory(dataDir);
  const embedded = await startEmbeddedRedis({ dataDir, executable, log: pino({ level: 'silent' }) });
  onTestFinished(async () => {
    await embedded.stop();
    await directory.release();
  });
  const reached = await reachRedis({
    config: { dataDir, redis: { kind: 'embedded', executable } },
    absent: 'refuse',
    signal,
  });
  expect(reached.address).toEqual({ kind: 'socket', path: embedded.socketPath });
  await reached.release();
  expect(embedded.pid).not.toBeNull();
});

it('a data directory that is held by somebody without a Redis is given up after a while', async () => {
  const dataDir = useTempDir();
  const directory = await openDataDirectory(dataDir);
  onTestFinished(() => directory.release());
  const reaching = reachRedis({
    config: { dataDir, redis: { kind: 'embedded', executable } },
    absent: 'refuse',
    signal,
    patienceMs: 0,
  });
  await expect(reaching).rejects.toMatchObject({
    code: 'NO_EMBEDDED_REDIS',
    message: expect.stringContaining(`pid ${process.pid}`) as string,
  });
});

it('a Redis by its URL is left to itself', async () => {
  const reached = await reachRedis({
    config: { dataDir: '/no/such/directory', redis: { kind: 'url', url: 'redis://redis' } },
    absent: 'refuse',
    signal,
  });
  expect(reached.address).toEqual({ kind: 'url', url: 'redis://redis' });
  await reached.release();
});
