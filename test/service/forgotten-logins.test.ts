import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { connectRedis } from '../../src/store/connection.ts';
import { findEmbeddedRedis } from '../../src/store/embedded/embedded-redis.ts';
import { useTempDir } from '../temp-dir.ts';
import { Service } from './service.ts';

const TIMEOUT_MS = 240_000;
const PATIENCE = { timeout: 60_000 };

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** Pieces of a sealed login, from wherever it lies: enough to know it again. */
function piecesOf(archive: Buffer): Buffer[] {
  return [0.1, 0.5, 0.9].map((part) => archive.subarray(Math.floor((archive.length - 24) * part)).subarray(0, 24));
}

function filesWith(directory: string, pieces: readonly Buffer[]): string[] {
  return filesBelow(directory).filter((file) => {
    const bytes = readFileSync(file);
    return pieces.some((piece) => bytes.includes(piece));
  });
}

it.each([
  { store: 'redis', how: 'DELETE' },
  { store: 'redis', how: 'logout on the phone' },
  { store: 'directory', how: 'DELETE' },
  { store: 'directory', how: 'logout on the phone' },
])(
  'after a $how nothing of a login is left in $store, nor anywhere else in the data, Redis’s own files once they are rewritten included',
  { timeout: TIMEOUT_MS },
  async ({ store, how }) => {
    const directory = useTempDir();
    const service = await Service.start(directory, { VAULT_STORE: store });
    onTestFinished(() => service.kill());
    const client = await service.client();
    await client.link('sales');
    await client.until('sales', ({ durable }) => durable);
    const data = join(directory, 'data');
    const path = await findEmbeddedRedis(data);
    if (path === null) throw new Error('No Redis runs.');
    const redis = connectRedis({ kind: 'socket', path }, 'commands', () => undefined);
    onTestFinished(() => redis.disconnect());

    const sealed: Buffer[] = [];
    for (const key of await redis.keys('wa:*archive*')) {
      const type = await redis.type(key);
      if (type === 'list') sealed.push(...(await redis.lrangeBuffer(key, 0, -1)));
      if (type === 'hash') sealed.push(...Object.values(await redis.hgetallBuffer(key)));
    }
    if (store === 'directory') sealed.push(...filesBelow(join(data, 'archives')).map((file) => readFileSync(file)));
    const login = readFileSync(
      filesBelow(join(data, 'profiles')).find((file) => file.endsWith('simulated-login.json')) ?? '',
    );
    const pieces = [
      ...sealed.filter(({ length }) => length > 24).flatMap(piecesOf),
      Buffer.from(/"deviceId":"(\w+)"/.exec(login.toString())?.[1] ?? 'none'),
    ];
    expect(sealed).not.toEqual([]);
    expect(filesWith(data, pieces)).not.toEqual([]);

    if (how === 'DELETE') expect((await client.call('DELETE', '/api/sessions/sales')).status).toBe(204);
    else {
      await client.simulate('sales', { event: 'logout' });
      await client.reaches('sales', 'disconnected.logged_out');
    }
    await expect.poll(() => filesWith(join(data, 'profiles'), pieces), PATIENCE).toEqual([]);
    await redis.bgrewriteaof();
    await expect
      .poll(
        async () => /aof_rewrite_in_progress:0[^]*aof_rewrite_scheduled:0/.test(await redis.info('persistence')),
        PATIENCE,
      )
      .toBe(true);
    await expect.poll(() => filesWith(data, pieces), PATIENCE).toEqual([]);
  },
);
