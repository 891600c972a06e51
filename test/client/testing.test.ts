import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { describe, expect, test } from 'vitest';

import { startTestService } from '../../src/client/testing/index.ts';
import { useTestService } from './service.ts';

const service = useTestService();
const STATES = ['waiting_qr', 'ready', 'disconnected', 'reconnecting', 'failed'] as const;

/** Commands of all processes that have this text in their command line or environment. */
function processesWith(text: string): string[] {
  return execFileSync('ps', ['axeww', '-o', 'args='], { encoding: 'utf8', maxBuffer: 64 * 1_024 * 1_024 })
    .split('\n')
    .filter((line) => line.includes(text) && !line.startsWith('ps '));
}

describe('The test kit', () => {
  test.concurrent.each(STATES.flatMap((from) => STATES.map((to) => ({ from, to }))))('brings a session from $from to $to', async ({ from, to }) => {
    const user = `${from}-${to}`;
    await service().bring('sales', from, user);
    expect(await service().bring('sales', to, user)).toMatchObject({ state: to });
  });

  test('plays the phone', async () => {
    const phone = service().phone('sales', 'phone');
    await service().bring('sales', 'waiting_qr', 'phone');
    const { sessions } = service().client('phone');
    await phone.refuse();
    await phone.scan('5215550007777', 'Eva');
    expect(await sessions.waitFor('sales', 'ready')).toMatchObject({ phoneNumber: '5215550007777', displayName: 'Eva' });
    await phone.logout();
    expect(await sessions.waitFor('sales', 'disconnected')).toMatchObject({ reason: 'logged_out' });
  });

  test('makes tokens that may do more, less, or nothing any more', async () => {
    const listWith = (options: Parameters<ReturnType<typeof service>['token']>[1]) =>
      service()
        .client('ana', { token: () => service().token('ana', options) })
        .sessions.list();
    await expect(listWith({ scope: 'admin' })).resolves.toHaveProperty('items');
    await expect(listWith({ expiresInSeconds: -1 })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('leaves no process and no file behind', async () => {
    const before = new Set(readdirSync(tmpdir()));
    const own = await startTestService();
    const directory = readdirSync(tmpdir()).find((name) => name.startsWith('wa-service-') && !before.has(name)) ?? 'none';
    await own.bring('sales', 'ready');
    expect(processesWith(directory)).not.toEqual([]);
    await own.stop();
    expect(processesWith(directory)).toEqual([]);
    expect(readdirSync(tmpdir())).not.toContain(directory);
  });

  test('says why the service does not start', async () => {
    await expect(startTestService({ env: { NODE_CAPACITY: 'many' } })).rejects.toThrow('NODE_CAPACITY is "many"');
  });
});
