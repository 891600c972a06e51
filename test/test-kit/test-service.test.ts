import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { startTestService } from '../../src/test-kit/index.ts';
import { processesOf } from '../chaos/processes.ts';
import { useTestService } from './service.ts';

const service = useTestService({ clock: 'controlled' });
const TEN_MINUTES_MS = 600_000;
const NO_GROUPS: ReadonlySet<number> = new Set();
const STATES = ['waiting_qr', 'ready', 'disconnected', 'reconnecting', 'failed'] as const;

describe('The test kit', () => {
  it.concurrent.each(STATES.flatMap((from) => STATES.map((to) => ({ from, to }))))(
    'brings a session from $from to $to',
    async ({ from, to }) => {
      const user = `${from}-${to}`;
      await service().bring('sales', from, user);
      expect(await service().bring('sales', to, user)).toMatchObject({ state: to });
    },
  );

  it('leaves each session where it was brought for as long as the test wants it so', async () => {
    const { sessions } = service().client('lasting');
    const brought = await Promise.all(
      (['ready', 'disconnected', 'reconnecting', 'failed'] as const).map((state) =>
        service().bring(state, state, 'lasting'),
      ),
    );
    await service().clock.advance(TEN_MINUTES_MS);
    for (const { id, state, rev } of brought) {
      expect(await sessions.get(id)).toMatchObject({ state });
      const { items } = await sessions.history(id);
      expect(items.filter((step) => step.rev > rev && !step.to.startsWith(state))).toEqual([]);
    }
  });

  it('brings a session into each state, and out of it, also where back-offs are longer than a test may be', async () => {
    const own = await startTestService({
      env: { RECONNECT_BASE_MS: '60000', RECONNECT_MAX_MS: '600000', RESTART_BASE_MS: '600000' },
    });
    onTestFinished(() => own.stop());
    for (const state of ['failed', ...STATES, 'reconnecting', 'failed', 'disconnected', 'failed', 'ready'] as const)
      expect(await own.bring('sales', state)).toMatchObject({ state });
    expect(await own.bring('sales', 'failed')).toMatchObject({ value: 'failed.parked', reason: 'blocked' });
  });

  it('lets a session that it left reconnecting try on and on', async () => {
    const { reconnect } = await service().bring('sales', 'reconnecting', 'trying');
    for await (const event of service()
      .client('trying')
      .session('sales')
      .events({ types: ['session.snapshot'] })) {
      if (event.type !== 'session.snapshot') continue;
      expect(event.session.state).toBe('reconnecting');
      if (event.session.reconnect.attempt >= reconnect.attempt + 5) break;
    }
  });

  it('plays the phone', async () => {
    const phone = service().phone('sales', 'phone');
    await service().bring('sales', 'waiting_qr', 'phone');
    const { sessions } = service().client('phone');
    await phone.refuse();
    await phone.scan('5215550007777', 'Eva');
    expect(await sessions.waitFor('sales', 'ready')).toMatchObject({
      phoneNumber: '5215550007777',
      displayName: 'Eva',
    });
    await phone.logout();
    expect(await sessions.waitFor('sales', 'disconnected')).toMatchObject({ reason: 'logged_out' });
  });

  it('makes tokens that may do more, less, or nothing any more', async () => {
    const listWith = (options: Parameters<ReturnType<typeof service>['token']>[1]) =>
      service()
        .client('ana', { token: () => service().token('ana', options) })
        .sessions.list();
    await expect(listWith({ scope: 'admin' })).resolves.toHaveProperty('items');
    await expect(listWith({ expiresInSeconds: -1 })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('leaves no process and no file behind', async () => {
    const place = await mkdtemp(join(tmpdir(), 'wa-kit-'));
    onTestFinished(() => rm(place, { recursive: true }));
    vi.stubEnv('TMPDIR', place);
    const own = await startTestService().finally(() => vi.unstubAllEnvs());
    await own.bring('sales', 'ready');
    expect(await readdir(place)).toHaveLength(1);
    expect(processesOf(place, NO_GROUPS)).not.toEqual([]);
    await own.stop();
    expect(processesOf(place, NO_GROUPS)).toEqual([]);
    expect(await readdir(place)).toEqual([]);
  });

  it('says why the service does not start', async () => {
    await expect(startTestService({ env: { NODE_CAPACITY: 'many' } })).rejects.toThrow('NODE_CAPACITY is "many"');
  });
});
