import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { Redis } from 'ioredis';

import { findRedis } from '#find-executables';

import { connectRedis, type RedisAddress } from '../../src/store/connection.ts';
import { fitRedis } from '../../src/store/fit-redis.ts';
import { UnfitRedisError } from '../../src/store/redis-check.ts';
import { startTestRedis, type TestRedis } from '../redis.ts';
import { useTempDir } from '../temp-dir.ts';

let server: TestRedis;
let admin: Redis;
beforeAll(async () => {
  server = await startTestRedis();
  admin = connectRedis(server.address, 'commands', () => undefined);
});
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

interface Fit {
  readonly address?: RedisAddress;
  readonly prefix?: string;
  readonly isProduction?: boolean;
  readonly warn?: (fields: object, message: string) => void;
}
const prefixFor = ({ address = server.address, prefix, isProduction = true, warn = () => undefined }: Fit = {}) =>
  fitRedis({
    address,
    config: { redisPrefix: prefix ?? 'wa', isRedisPrefixGiven: prefix !== undefined, isProduction },
    log: { warn },
    onError: () => undefined,
  });

/** A redis-server or a sentinel on a free port of loopback, which ends with the test. */
async function serve(settings: readonly string[], program: readonly string[] = []): Promise<number> {
  const executable = findRedis(process.env);
  if (executable === null) throw new Error('No redis-server was found');
  const port = await freePort();
  const directory = useTempDir();
  const args = [
    ...program,
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
    ...settings,
  ];
  children.push(spawn(executable, args, { stdio: 'ignore', cwd: directory }));
  const redis = new Redis({ host: '127.0.0.1', port, enableReadyCheck: false, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.ping();
  redis.disconnect();
  return port;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const at = probe.address();
  probe.close();
  if (at === null || typeof at === 'string') throw new Error('No port');
  return at.port;
}

it('a Redis that its user may use is used as it is, and nothing of the look is left in it', async () => {
  expect(await prefixFor()).toBe('wa');
  expect(await admin.keys('*')).toEqual([]);
});

it('each right that is missing is named in a line of its own, with what grants it', async () => {
  const port = await serve([]);
  const redis = new Redis({ host: '127.0.0.1', port });
  redis.on('error', () => undefined);
  await redis.call('ACL', 'SETUSER', 'limited', 'on', '>secret', '~wa:*', '+@all', '-@dangerous', '-time');
  const address: RedisAddress = { kind: 'url', url: `redis://limited:secret@127.0.0.1:${port}` };
  const refused = await prefixFor({ address }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UnfitRedisError);
  expect(String(refused)).toContain('Grant it with: ACL SETUSER limited +info\n');
  expect(String(refused)).toContain('ACL SETUSER limited +time');
  for (const rule of ['+info', '+time']) await redis.call('ACL', 'SETUSER', 'limited', rule);
  expect(await prefixFor({ address })).toBe('wa');
  const foreign = await prefixFor({ address, prefix: 'other' }).catch((error: unknown) => error);
  expect(String(foreign)).toContain('ACL SETUSER limited ~other:*');
  redis.disconnect();
});

it('a Redis that evicts is refused in production, and said to in development', async () => {
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await expect(prefixFor()).rejects.toThrow('Type: CONFIG SET maxmemory-policy noeviction');
  const said: string[] = [];
  expect(await prefixFor({ isProduction: false, warn: (_, message) => said.push(message) })).toBe('wa');
  expect(said).toHaveLength(1);
});

it('on a cluster keys lie in one slot, and a prefix that has no tag is refused', async () => {
  const port = await serve(['--cluster-enabled', 'yes']);
  const redis = new Redis({ host: '127.0.0.1', port, enableReadyCheck: false });
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  redis.disconnect();
  const address: RedisAddress = { kind: 'url', url: `redis://127.0.0.1:${port}` };
  expect(await prefixFor({ address })).toBe('{wa}');
  await expect(prefixFor({ address, prefix: 'wa' })).rejects.toThrow('REDIS_PREFIX={wa}');
});

it('sentinels lead to the master', async () => {
  const port = await serve([]);
  const config = join(useTempDir(), 'sentinel.conf');
  writeFileSync(config, `sentinel monitor mymaster 127.0.0.1 ${port} 1\n`);
  const sentinel = await serve([], [config, '--sentinel']);
  const address: RedisAddress = {
    kind: 'sentinel',
    sentinels: [{ host: '127.0.0.1', port: sentinel }],
    master: 'mymaster',
    url: null,
  };
  expect(await prefixFor({ address })).toBe('wa');
  const redis = connectRedis(address, 'commands', () => undefined);
  await redis.set('wa:x', 'through the sentinel');
  redis.disconnect();
  const direct = new Redis({ host: '127.0.0.1', port });
  expect(await direct.get('wa:x')).toBe('through the sentinel');
  direct.disconnect();
});
