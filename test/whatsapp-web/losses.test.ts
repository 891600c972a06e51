import { cp } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { until, withFolder, withRealClient } from './real-client.ts';
import { useWhatsAppWeb } from './use-whatsapp-web.ts';

const BOB = '491799999999';

const copyFolder = (from: string, to: string): Promise<void> =>
  cp(from, to, { recursive: true, force: true, filter: (path) => !path.includes('Singleton') });

describe('what ends or interrupts a linked page, by the real library', { timeout: 40_000 }, () => {
  const fixture = useWhatsAppWeb();

  it('shows a code after the phone has logged it out', () =>
    fixture.inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await fixture.link(real);
        await real.next('qr');
        phone.logout();
        expect(await real.next('disconnected')).toEqual(['LOGOUT']);
        expect(await real.nextText('qr')).toMatch(/^2@/u);
      }),
    ));

  it('can say UNPAIRED instead of leaving', () =>
    fixture.inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await fixture.link(real);
        phone.logout({ shows: 'unpaired' });
        expect(await real.next('disconnected')).toEqual(['UNPAIRED']);
      }),
    ));

  it('learns of a logout that happened while it was away, and shows a code the time after', () =>
    fixture.inFolder(async (options) => {
      const phone = await withRealClient(options, (real) => fixture.link(real));
      phone.logout();
      await withRealClient(options, (real) => expect(real.start()).rejects.toThrow('Execution context was destroyed'));
      await withRealClient(options, async (real) => {
        await real.start();
        expect(await real.nextText('qr')).toMatch(/^2@/u);
      });
    }));

  it('logs out by itself', () =>
    fixture.inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await fixture.link(real);
        expect(phone.devices()).toHaveLength(1);
        await real.client.logout();
        expect(phone.devices()).toEqual([]);
      }),
    ));

  it('reports a conflict, and takes over when told to', () =>
    fixture.inFolder((options) =>
      withRealClient({ ...options, options: { takeoverOnConflict: true } }, async (real) => {
        const phone = await fixture.link(real);
        phone.devices()[0]?.page?.setState('CONFLICT');
        expect(await real.next('change_state')).toEqual(['CONFLICT']);
        expect(await real.next('change_state')).toEqual(['CONNECTED']);
      }),
    ));

  it.each(['CONFLICT', 'TOS_BLOCK', 'PROXYBLOCK', 'DEPRECATED_VERSION'] as const)(
    'reports %s and keeps the login',
    (state) =>
      fixture.inFolder(async (options) => {
        await withRealClient(options, async (real) => {
          const phone = await fixture.link(real);
          phone.devices()[0]?.page?.setState(state);
          expect(await real.next('disconnected')).toEqual([state]);
        });
        await withRealClient(options, async (real) => {
          await real.start();
          await real.next('ready');
        });
      }),
  );

  it('gives the conflict to the first of two browsers with one login', () =>
    fixture.inFolder(async (options) => {
      const phone = await withRealClient(options, (real) => fixture.link(real));
      await withFolder(async (dataPath) => {
        await copyFolder(options.dataPath, dataPath);
        await withRealClient(options, (first) =>
          withRealClient({ ...options, dataPath }, async (second) => {
            await first.start();
            await first.next('ready');
            await second.start();
            await second.next('ready');
            expect(await first.next('disconnected')).toEqual(['CONFLICT']);
            expect(phone.devices()[0]?.conflicts).toBe(1);
          }),
        );
      });
    }));

  it('logs out a login that comes back older than it left', () =>
    fixture.inFolder(async (options) => {
      const phone = await withRealClient(options, (real) => fixture.link(real));
      await withFolder(async (older) => {
        await copyFolder(options.dataPath, older);
        await withRealClient(options, async (real) => {
          await real.start();
          await real.next('ready');
          phone.receives({ from: BOB, text: 'changes the state' });
          await real.next('message');
        });
        await withRealClient({ ...options, dataPath: older }, (real) =>
          expect(real.start()).rejects.toThrow('Execution context was destroyed'),
        );
      });
    }));

  it('loses the network, finds it again, and sends what it could not', () =>
    fixture.inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await fixture.link(real);
        // Known by now: of a stranger the page would have to ask the server first.
        await real.client.sendMessage(`${BOB}@c.us`, 'hola');
        await until(() => phone.sent().length, 1);
        const pid = fixture.web.launches().at(-1)?.pid;
        fixture.web.networkDown(pid);
        expect(await real.next('change_state')).toEqual(['OPENING']);
        expect(await real.next('change_state')).toEqual(['TIMEOUT']);
        expect(await real.client.sendMessage(`${BOB}@c.us`, 'held up')).toMatchObject({ ack: 0 });
        expect(phone.sent()).toHaveLength(1);
        fixture.web.networkUp(pid);
        await until(() => real.state(), 'CONNECTED');
        await until(() => phone.sent().length, 2);
        expect(phone.sent()).toMatchObject([{ body: 'hola' }, { body: 'held up' }]);
        expect(real.names()).not.toContain('disconnected');
      }),
    ));

  it('is connected and silent for ever when it has synced before the library listens', () =>
    fixture.inFolder(async (options) => {
      await withRealClient(options, (real) => fixture.link(real));
      fixture.web.script({ kind: 'loads', settings: { sync: { when: 'early', durationMs: 0, steps: 1 } } });
      await withRealClient(options, async (real) => {
        await real.start();
        expect(await real.state()).toBe('CONNECTED');
        expect(await real.inPage(`window.require('WAWebSocketModel').Socket.hasSynced`)).toBe(true);
        expect(real.names()).toEqual([]);
        await real.inPage('window.onAppStateHasSyncedEvent()');
        await real.next('ready');
      });
    }));
});
