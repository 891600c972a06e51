import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';

import { isRunning, type ProcessIdentity } from '../../src/host/process-identity.ts';
import { useTempDir } from '../temp-dir.ts';
import { Service } from './service.ts';

const TIMEOUT_MS = 60_000;

async function start(directory: string, env?: Readonly<Record<string, string>>): Promise<Service> {
  const service = await Service.start(directory, env);
  onTestFinished(() => service.kill());
  return service;
}

function redisOf(service: Service) {
  const redis = service.redises.at(-1);
  if (redis === undefined) throw new Error('There is no Redis');
  return redis;
}

/** Lets a stopped Redis go on: it must have been told to end. The test's own deadline is the limit. */
async function expectToEnd(redis: ProcessIdentity): Promise<void> {
  process.kill(redis.pid, 'SIGCONT');
  while (isRunning(redis)) await delay(10);
}

it(
  'a second service on a data directory is refused in one line that names the holder, and the first one does not notice',
  async () => {
    const directory = useTempDir();
    const first = await start(directory);
    const client = await first.client();
    await client.link('a');
    const refused = await Service.refused(directory);
    expect(refused).toMatchObject({ code: 1, signal: null });
    expect(refused.said).toBe(
      `The data directory ${join(directory, 'data')} is in use by another service (pid ${first.pid}): stop that one, or give this one a DATA_DIR of its own.`,
    );
    expect((await client.get('a')).state).toBe('ready');
    expect(isRunning(redisOf(first))).toBe(true);
    expect(await first.end()).toEqual({ code: 0, signal: null });
  },
  TIMEOUT_MS,
);

it(
  'a SIGTERM while sessions are in every state, streams are open and a request waits ends the service with 0, and nothing of it is left',
  async () => {
    const directory = useTempDir();
    const service = await start(directory, { PROBE_INTERVAL_MS: '100', RECONNECT_BASE_MS: '60000' });
    const client = await service.client();
    for (const id of ['ready', 'hung', 'crashed', 'stopped']) await client.link(id);
    await client.create('waiting');
    await client.simulate('hung', { event: 'hang' });
    await client.simulate('crashed', { event: 'browser_crash' });
    await client.ask('stopped', 'stop');
    await client.reaches('waiting', 'waiting_qr');
    await client.reaches('crashed', 'reconnecting.backoff');
    const stream = await client.events();
    await stream.events(5);
    const waiting = client.ask('crashed', 'start').then(
      ({ value }) => value,
      () => 'refused',
    );
    expect(await service.end()).toEqual({ code: 0, signal: null });
    const last = await stream.rest();
    expect(last.at(-1)?.comment).toContain('shutting down');
    // Whatever was the case when the end began: it may be giving its browser back.
    expect(['disconnected.closing', 'disconnected.queued', 'reconnecting.backoff', 'refused']).toContain(await waiting);
    // The waiting request may have come too late: its 503 is an answer like any other.
    expect(service.errors.filter(({ msg }) => msg !== 'request')).toEqual([]);
    expect(isRunning(redisOf(service))).toBe(false);
    expect(readdirSync(join(directory, 'tmp')).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
    expect(readdirSync(join(directory, 'data', 'lock')).filter((name) => name.includes(String(service.pid)))).toEqual(
      [],
    );
  },
  TIMEOUT_MS,
);

it(
  'after a SIGTERM the service says that it is not ready, and serves on until those who send requests have noticed',
  async () => {
    const service = await start(useTempDir(), { LAME_DUCK_MS: '3000' });
    const client = await service.client();
    await client.create('a');
    const readiness = async () => (await fetch(new URL('/health/ready', service.url))).text();
    expect(await readiness()).toBe('ready');
    const exit = service.end();
    await service.hears('shutting down');
    await expect.poll(readiness).toBe('draining');
    expect((await client.get('a')).id).toBe('a');
    expect(await client.create('b')).toBe(201);
    expect(await exit).toEqual({ code: 0, signal: null });
  },
  TIMEOUT_MS,
);

it(
  'a Ctrl-C is waited for by nobody',
  async () => {
    const service = await start(useTempDir(), { LAME_DUCK_MS: '600000', SHUTDOWN_TIMEOUT_MS: '2000000' });
    expect(await service.end('SIGINT')).toEqual({ code: 0, signal: null });
  },
  TIMEOUT_MS,
);

it(
  'a shutdown that hangs ends within its time-out, with 1',
  async () => {
    const directory = useTempDir();
    const service = await start(directory, { SHUTDOWN_TIMEOUT_MS: '3000' });
    await (await service.client()).link('a');
    process.kill(redisOf(service).pid, 'SIGSTOP');
    expect(await service.end()).toEqual({ code: 1, signal: null });
    expect(service.says('shutdown took too long: ending now')).toBe(true);
    await expectToEnd(redisOf(service));
  },
  TIMEOUT_MS,
);

it(
  'a second SIGTERM ends the service at once',
  async () => {
    const directory = useTempDir();
    const service = await start(directory, { SHUTDOWN_TIMEOUT_MS: '600000' });
    await (await service.client()).link('a');
    process.kill(redisOf(service).pid, 'SIGSTOP');
    service.signal('SIGTERM');
    await service.hears('shutting down');
    expect(await service.end()).toEqual({ code: 1, signal: null });
    expect(service.says('second signal: ending now')).toBe(true);
    await expectToEnd(redisOf(service));
  },
  TIMEOUT_MS,
);

it(
  'a client that does not read its stream slows nobody down',
  async () => {
    const service = await start(useTempDir(), { MESSAGE_LOG_MAX_BYTES: '100000000' });
    const client = await service.client();
    await client.link('a');
    const slow = await client.events();
    const quick = await client.events();
    // More than the buffers of both ends of a connection hold, and then more events than may wait for it.
    const text = '漢'.repeat(5_000);
    const count = 1_600;
    const sending = (async () => {
      for (let number = 0; number < count; number += 1)
        await client.simulate('a', { event: 'message', from: '5215550002222', text });
    })();
    let messages = 0;
    while (messages < count) if ((await quick.event()).event === 'message.received') messages += 1;
    await sending;
    await quick.close();
    await service.hears('a client reads its stream too slowly and is dropped');
    await slow.close().catch(() => undefined);
    expect(await service.end()).toEqual({ code: 0, signal: null });
  },
  TIMEOUT_MS,
);
