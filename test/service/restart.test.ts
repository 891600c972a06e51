import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { isRunning } from '../../src/host/process-identity.ts';
import type { Frame } from '../api/streams/event-reader.ts';
import { useTempDir } from '../temp-dir.ts';
import { Service } from './service.ts';

const TIMEOUT_MS = 60_000;

async function start(directory: string, env?: Readonly<Record<string, string>>): Promise<Service> {
  const service = await Service.start(directory, env);
  onTestFinished(() => service.kill());
  return service;
}

function expectNothingLeft(service: Service, directory: string): void {
  expect(service.redises.filter(isRunning)).toEqual([]);
  // The transpiler of these tests keeps a directory of its own there.
  expect(readdirSync(join(directory, 'tmp')).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
  expect(readdirSync(join(directory, 'data', 'redis')).filter((name) => name.endsWith('.sock'))).toEqual([]);
}

const SETTLING = { QR_WINDOW_MS: '700', RECONNECT_MAX_ATTEMPTS: '0', RESTART_INTENSITY: '0' };
const numberOf = (frame: Frame): string => `${String(frame.data?.['id'])} ${String(frame.data?.['rev'])}`;

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'after %s every running session comes back to ready without a QR code, and what had settled stays',
  async (signal) => {
    const directory = useTempDir();
    const first = await start(directory, SETTLING);
    let client = await first.client();
    for (const id of ['a', 'b']) await client.link(id);
    await client.link('stopped');
    await client.ask('stopped', 'stop');
    await client.link('parked');
    await client.simulate('parked', { event: 'browser_crash' });
    await client.create('expired');
    await client.reaches('expired', 'disconnected.qr_expired');
    await client.reaches('parked', 'failed.parked');
    const settled = await Promise.all(['stopped', 'parked', 'expired'].map((id) => client.get(id)));
    const stream = await client.events();
    const shown = await stream.events(5);
    const before = new Map(shown.map(({ data }) => [data?.['id'], data?.['rev']]));
    const resumeFrom = shown.at(-1)?.id;
    expect(await first.end(signal)).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal });
    if (signal === 'SIGTERM') expectNothingLeft(first, directory);

    const second = await start(directory, SETTLING);
    client = await second.client();
    const resumed = await client.events(resumeFrom);
    const frames: Frame[] = [];
    const isReadyAgain = (id: string) => frames.some(({ data }) => data?.['id'] === id && data['state'] === 'ready');
    while (!isReadyAgain('a') || !isReadyAgain('b')) frames.push(await resumed.event());
    await resumed.close();

    expect(frames.map(({ data }) => data?.['state'])).not.toContain('waiting_qr');
    for (const id of ['a', 'b']) {
      const revs = frames.filter(({ data }) => data?.['id'] === id).map(({ data }) => Number(data?.['rev']));
      expect(revs).toEqual(revs.map((_, index) => Number(before.get(id)) + 1 + index));
      expect(
        frames.filter(({ data }) => data?.['id'] === id && data['value'] === 'authenticating.launching'),
      ).toHaveLength(1);
    }
    expect(new Set(frames.map(numberOf)).size).toBe(frames.length);
    expect(await Promise.all(['stopped', 'parked', 'expired'].map((id) => client.get(id)))).toEqual(settled);
    expect(await second.end()).toEqual({ code: 0, signal: null });
    expect(second.errors).toEqual([]);
    expectNothingLeft(second, directory);
  },
  TIMEOUT_MS,
);

it(
  'a Redis that is killed under ready sessions is started again, and they stay ready on the same browsers',
  async () => {
    const directory = useTempDir();
    const service = await start(directory, { RECONNECT_BASE_MS: '50' });
    const client = await service.client();
    const before = await client.link('a');
    await client.link('b');
    const stream = await client.events();
    const shown = await stream.events(2);
    const redis = service.redises.at(-1);
    if (redis === undefined) throw new Error('There is no Redis');
    process.kill(redis.pid, 'SIGKILL');
    await client.simulate('b', { event: 'browser_crash' }).catch(() => 0);
    for (;;) {
      const answer = await client.call('GET', '/api/sessions/a');
      if (answer.ok) break;
      expect(answer.status).toBe(503);
    }
    expect(await client.get('a')).toEqual(before);
    await client.simulate('b', { event: 'conflict' });
    const frames: Frame[] = [];
    while (frames.at(-1)?.data?.['state'] !== 'ready' || frames.length < 3) frames.push(await stream.event());
    const revs = frames.map(({ data }) => Number(data?.['rev']));
    const last = Number(shown.find(({ data }) => data?.['id'] === 'b')?.data?.['rev']);
    expect(revs).toEqual(revs.map((_, index) => last + 1 + index));
    await stream.close();
    expect(await service.end()).toEqual({ code: 0, signal: null });
    expectNothingLeft(service, directory);
  },
  TIMEOUT_MS,
);
