import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';

import { findRedis } from '#find-executables';

import { identifyProcess, isRunning } from '../../../src/host/process-identity.ts';
import {
  explainRedisExit,
  RedisDataCorruptError,
  RedisDiskFullError,
  RedisExecutableMissingError,
  RedisStartError,
} from '../../../src/store/embedded/errors.ts';
import {
  startEmbeddedRedis,
  type EmbeddedRedis,
  type EmbeddedRedisOptions,
} from '../../../src/store/embedded/embedded-redis.ts';
import { useTempDir } from '../../temp-dir.ts';

const log = pino({ level: 'silent' });
const executable = findRedis();

async function start(dataDir: string, options: Partial<EmbeddedRedisOptions> = {}): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({ dataDir, executable, log, ...options });
  onTestFinished(() => redis.stop());
  return redis;
}

function client({ socketPath }: EmbeddedRedis): Redis {
  const connection = new Redis(socketPath, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  connection.on('error', () => undefined);
  onTestFinished(() => connection.disconnect());
  return connection;
}

function pidOf(redis: EmbeddedRedis): number {
  if (redis.pid === null) throw new Error('Redis is down');
  return redis.pid;
}

const groupOf = (pid: number): string | undefined =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')[2];

/** A program of a few lines in a Redis's place. */
function fakeRedis(directory: string, script: string): string {
  const file = join(directory, 'redis-server');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

it('keeps its data over a stop', async () => {
  const dataDir = useTempDir();
  const first = await start(dataDir);
  await client(first).set('name', 'Ana');
  await first.stop();
  await expect(client(await start(dataDir)).get('name')).resolves.toBe('Ana');
});

it('evicts nothing, listens on no port, and its socket and data are private', async () => {
  const dataDir = useTempDir();
  const redis = await start(dataDir);
  const settings = await client(redis).config('GET', 'maxmemory-policy', 'port', 'appendonly', 'appendfsync');
  expect(settings).toEqual(expect.arrayContaining(['noeviction', '0', 'yes', 'everysec']));
  expect(statSync(redis.socketPath).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, 'redis')).mode & 0o777).toBe(0o700);
});

it('is in a process group of its own: Ctrl-C does not end it before the service', async () => {
  const pid = pidOf(await start(useTempDir()));
  expect(groupOf(pid)).toBe(String(pid));
  expect(groupOf(process.pid)).not.toBe(String(pid));
});

it('comes back with its data, on the same socket, when it is killed', async () => {
  const redis = await start(useTempDir());
  const connection = client(redis);
  await connection.set('name', 'Ana');
  // everysec: a kill may cost the last second.
  await connection.bgrewriteaof();
  await expect
    .poll(() => connection.info('persistence'), { timeout: 30_000 })
    .toMatch(/aof_rewrite_in_progress:0[^]*aof_last_bgrewrite_status:ok/);
  const killed = pidOf(redis);
  process.kill(killed, 'SIGKILL');
  await expect(connection.get('name')).resolves.toBe('Ana');
  await expect.poll(() => redis.pid).toEqual(expect.any(Number));
  expect(redis.pid).not.toBe(killed);
});

it('a stop leaves no process, no socket and no record of one', async () => {
  const dataDir = useTempDir();
  const redis = await start(dataDir);
  const pid = pidOf(redis);
  await Promise.all([redis.stop(), redis.stop()]);
  expect(identifyProcess(pid)).toBeNull();
  expect(readdirSync(join(dataDir, 'redis'))).toEqual(['appendonlydir']);
  expect(redis.pid).toBeNull();
});

it('a Redis that does not listen to SIGTERM is killed by the stop', async () => {
  const redis = await start(useTempDir(), { graceMs: 200 });
  const pid = pidOf(redis);
  process.kill(pid, 'SIGSTOP');
  await redis.stop();
  expect(identifyProcess(pid)).toBeNull();
});

it('a stop while it is down ends the attempts to bring it back', async () => {
  const redis = await start(useTempDir());
  process.kill(pidOf(redis), 'SIGKILL');
  await redis.stop();
  expect(redis.pid).toBeNull();
  expect(existsSync(redis.socketPath)).toBe(false);
});

it('the Redis that a killed service left is ended before a new one starts', async () => {
  const dataDir = useTempDir();
  // A service that starts Redis and is then killed.
  const service = spawn(
    process.execPath,
    ['--import', 'tsx', new URL('./embedded-redis-owner.ts', import.meta.url).pathname, dataDir, executable ?? ''],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const leftPid = await new Promise<number>((resolve) =>
    service.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))),
  );
  const left = identifyProcess(leftPid);
  service.kill('SIGKILL');
  await new Promise((resolve) => service.once('exit', resolve));
  expect(left !== null && isRunning(left)).toBe(true);

  const redis = await start(dataDir);
  expect(left !== null && isRunning(left)).toBe(false);
  await expect(client(redis).get('left')).resolves.toBe('behind');
});

it('a process that only has a dead Redis’s pid is left alone', async () => {
  const dataDir = useTempDir();
  const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void bystander.kill('SIGKILL'));
  mkdirSync(join(dataDir, 'redis'));
  writeFileSync(
    join(dataDir, 'redis', 'redis-process.json'),
    JSON.stringify({ pid: bystander.pid, startedAt: 'an earlier boot/1' }),
  );
  await start(dataDir);
  expect(identifyProcess(bystander.pid ?? 0)).not.toBeNull();
});

it('a data directory too long for a socket is no obstacle', async () => {
  const redis = await start(join(useTempDir(), 'd'.repeat(120)));
  await expect(client(redis).ping()).resolves.toBe('PONG');
  await redis.stop();
  expect(existsSync(join(redis.socketPath, '..'))).toBe(false);
});

it('without an executable the error says what to install', async () => {
  const dataDir = useTempDir();
  await expect(start(dataDir, { executable: null })).rejects.toThrow(
    /No redis-server or valkey-server was found: install one, or set REDIS_URL/,
  );
  await expect(start(dataDir, { executable: join(dataDir, 'nothing') })).rejects.toThrow(RedisExecutableMissingError);
});

it('damaged data is refused, kept, and the error says how to repair it', async () => {
  const dataDir = useTempDir();
  const first = await start(dataDir);
  await client(first).mset('a', '1', 'b', '2', 'c', '3');
  await first.stop();
  const directory = join(dataDir, 'redis', 'appendonlydir');
  const log1 = readdirSync(directory).find((name) => name.endsWith('.incr.aof')) ?? '';
  const damaged = readFileSync(join(directory, log1), 'utf8').replace('mset', 'mse\n');
  writeFileSync(join(directory, log1), damaged);
  const refused = start(dataDir);
  await expect(refused).rejects.toThrow(RedisDataCorruptError);
  await expect(refused).rejects.toThrow(/Nothing was deleted.*redis-check-aof --fix/);
  expect(readFileSync(join(directory, log1), 'utf8')).toBe(damaged);
});

it.each(['incr.aof', 'manifest'])(
  'a part of the data that is gone, or empty, is told as damage too: %s',
  async (part) => {
    const dataDir = useTempDir();
    const first = await start(dataDir);
    await client(first).set('a', '1');
    await first.stop();
    const directory = join(dataDir, 'redis', 'appendonlydir');
    const file = join(directory, readdirSync(directory).find((name) => name.endsWith(part)) ?? '');
    if (part === 'manifest') writeFileSync(file, '');
    else rmSync(file);
    await expect(start(dataDir)).rejects.toThrow(RedisDataCorruptError);
  },
);

it('a full disk is told from other faults', () => {
  const output = ['Server initialized', "Can't open or create append-only dir appendonlydir: No space left on device"];
  expect(explainRedisExit(output, 'code 1', '/data/redis', '/data/redis/redis.sock')).toBeInstanceOf(
    RedisDiskFullError,
  );
});

it('one that ends at once is reported with its last words', async () => {
  const dataDir = useTempDir();
  const start1 = start(dataDir, { executable: fakeRedis(dataDir, 'echo "FATAL: wrong moon"; exit 3') });
  await expect(start1).rejects.toThrow(RedisStartError);
  await expect(start1).rejects.toThrow('it ended with code 3, saying "FATAL: wrong moon"');
});

it('one that never answers is ended and reported', async () => {
  const dataDir = useTempDir();
  const silent = fakeRedis(dataDir, `echo $$ > ${dataDir}/pid; exec sleep 60`);
  await expect(start(dataDir, { executable: silent, startTimeoutMs: 300 })).rejects.toThrow(
    'it did not answer within 300 ms',
  );
  expect(identifyProcess(Number(readFileSync(join(dataDir, 'pid'), 'utf8')))).toBeNull();
});

it('an abort ends a start that is under way, and later the running Redis', async () => {
  const dataDir = useTempDir();
  const early = new AbortController();
  const silent = fakeRedis(dataDir, `echo $$ > ${dataDir}/pid; exec sleep 60`);
  const outcome = start(dataDir, { executable: silent, signal: early.signal }).catch((error: unknown) => error);
  await expect.poll(() => existsSync(join(dataDir, 'pid')) && readFileSync(join(dataDir, 'pid'), 'utf8')).toMatch(/\d/);
  early.abort(new Error('service is going down'));
  await expect(outcome).resolves.toEqual(new Error('service is going down'));

  const late = new AbortController();
  const redis = await start(useTempDir(), { signal: late.signal });
  const pid = pidOf(redis);
  late.abort();
  await redis.stop();
  expect(identifyProcess(pid)).toBeNull();
});
