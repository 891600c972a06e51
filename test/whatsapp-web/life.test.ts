import { cp } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from './settings.ts';
import { LinkRefusedError, type Phone } from './phone.ts';
import { HEADLESS_SHELL, type RealClient, type RealClientOptions, until, withFolder, withRealClient } from './real-client.ts';
import { type WhatsAppWeb, startWhatsAppWeb } from './server.ts';

const BOB = '491799999999';

const copyFolder = (from: string, to: string): Promise<void> => cp(from, to, { recursive: true, force: true, filter: (path) => !path.includes('Singleton') });

describe('a life in WhatsApp Web, by the real library in a headless shell', { timeout: 40_000 }, () => {
  let web: WhatsAppWeb;
  let executablePath: string;

  beforeAll(async () => {
    web = await startWhatsAppWeb();
    executablePath = await web.wrapperFor(HEADLESS_SHELL);
  });
  afterAll(async () => {
    const alive = web.launches().filter((launch) => launch.isAlive());
    await web.close();
    expect(alive).toEqual([]);
  });

  const inFolder = (use: (options: RealClientOptions) => Promise<void>): Promise<void> =>
    withFolder((dataPath) => use({ executablePath, dataPath }));

  let phones = 0;
  const newPhone = (): Phone => web.phone(`4917000${String((phones += 1)).padStart(5, '0')}`);

  /** Starts a client and scans its code with a phone of its own. */
  async function link(real: RealClient): Promise<Phone> {
    const phone = newPhone();
    await real.start();
    await phone.scan(await real.nextText('qr'));
    await real.next('ready');
    return phone;
  }

  it('goes from a code over a scan to ready, with the worthless code in between', () =>
    inFolder((options) =>
      withRealClient(options, async (real) => {
        const { number } = await link(real);
        expect(real.names()).toEqual(['qr', 'qr', 'authenticated', 'ready']);
        expect(await real.next('qr')).toEqual([expect.stringMatching(/^undefined,/u)]);
        expect(real.client.info).toMatchObject({ pushname: `Phone ${number}`, wid: { _serialized: `${number}@c.us` } });
        expect(await real.state()).toBe('CONNECTED');
      }),
    ));

  it('is ready again after a restart without a code, with the messages it had', () =>
    inFolder(async (options) => {
      const text = 'kept';
      await withRealClient(options, async (real) => {
        const phone = await link(real);
        phone.receives({ from: BOB, text });
        await real.next('message');
      });
      await withRealClient(options, async (real) => {
        await real.start();
        await real.next('ready');
        expect(real.names()).toEqual(['authenticated', 'ready']);
        const chat = await real.client.getChatById(`${BOB}@c.us`);
        expect((await chat.fetchMessages({ limit: 10 })).map(({ body }) => body)).toEqual([text]);
      });
    }));

  it('shows the next code when one has aged, and scans only the one shown now', () =>
    inFolder((options) =>
      withRealClient(options, async (real) => {
        await real.start();
        const first = await real.nextText('qr');
        web.pageShowing(first)?.rotate();
        const second = await real.nextText('qr');
        const [ref, , identityKey, secret, platform] = second.split(',');
        const otherKey = Buffer.alloc(32, 7).toString('base64');
        const phone = newPhone();
        await expect(phone.scan(first)).rejects.toEqual(new LinkRefusedError('expired'));
        await expect(phone.scan(second.replace('2@', '2@x'))).rejects.toEqual(new LinkRefusedError('unknown'));
        await expect(phone.scan(second.replace(/^[^,]*/u, 'undefined'))).rejects.toEqual(new LinkRefusedError('not_a_code'));
        await expect(phone.scan([ref, otherKey, identityKey, secret, platform].join(','))).rejects.toEqual(new LinkRefusedError('wrong_keys'));
        expect(phone.devices()).toEqual([]);
        await phone.scan(second);
        await real.next('ready');
      }),
    ));

  it('believes only a phone that knows the secret in the code', () =>
    inFolder((options) =>
      withRealClient(options, async (real) => {
        await real.start();
        const [ref, noiseKey, identityKey, , platform] = (await real.nextText('qr')).split(',');
        const forged = [ref, noiseKey, identityKey, Buffer.alloc(32, 7).toString('base64'), platform].join(',');
        await expect(newPhone().scan(forged)).rejects.toEqual(new LinkRefusedError('wrong_keys'));
      }),
    ));

  it('falls idle after its last code, in silence, until it is told to show new ones', () =>
    inFolder(async (options) => {
      web.configure({ qr: { refs: 2, firstMs: 300, restMs: 300 } });
      await withRealClient(options, async (real) => {
        await real.start();
        await until(() => real.state(), 'UNPAIRED_IDLE');
        expect(real.names()).toEqual(['qr', 'qr']);
        web.configure({ qr: DEFAULT_SETTINGS.qr });
        await real.inPage(`window.require('WAWebLaunchSocketUtils').refreshQR()`);
        await real.next('qr');
        await real.next('qr');
        await newPhone().scan(await real.nextText('qr'));
        await real.next('ready');
      });
    }));

  it('links by a pairing code that is entered on the phone it was made for', () =>
    inFolder(async (options) => {
      const phone = newPhone();
      await withRealClient({ ...options, options: { pairWithPhoneNumber: { phoneNumber: phone.number } } }, async (real) => {
        await real.start();
        const code = await real.nextText('code');
        expect(code).toMatch(/^[A-Z1-9]{8}$/u);
        await expect(web.phone(BOB).enterPairingCode(code)).rejects.toEqual(new LinkRefusedError('wrong_number'));
        await phone.enterPairingCode(`${code.slice(0, 4)}-${code.slice(4)}`);
        await real.next('ready');
      });
    }));

  it('refuses a pairing code when it is told to', () =>
    inFolder(async (options) => {
      web.script({ kind: 'plays', settings: { pairingCode: 'rate_limited' } });
      await withRealClient(options, async (real) => {
        await real.start();
        await real.next('qr');
        await expect(real.client.requestPairingCode(BOB)).rejects.toThrow('IQErrorRateOverlimit');
      });
    }));

  it('takes messages in and out and reports what became of them', () =>
    inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await link(real);
        phone.receives({ from: BOB, text: 'in a chat' });
        phone.receives({ from: BOB, text: 'in a group', group: '123@g.us' });
        expect(await real.next('message')).toMatchObject([{ body: 'in a chat', from: `${BOB}@c.us`, to: `${phone.number}@c.us`, hasMedia: false }]);
        expect(await real.next('message')).toMatchObject([{ body: 'in a group', from: '123@g.us', author: `${BOB}@c.us` }]);

        const { id } = await real.client.sendMessage(`${BOB}@c.us`, 'out');
        await real.next('message_ack');
        expect(phone.sent().at(-1)).toMatchObject({ id: id.id, to: `${BOB}@c.us`, body: 'out', type: 'chat', ack: 1 });
        phone.acknowledges(id.id, 2);
        phone.acknowledges(id.id, 3);
        expect((await real.next('message_ack'))[1]).toBe(2);
        expect((await real.next('message_ack'))[1]).toBe(3);
      }),
    ));

  it('gets what came while it was away as a backlog, without a message event', () =>
    inFolder(async (options) => {
      const phone = await withRealClient(options, link);
      const [device] = phone.devices();
      phone.receives({ from: BOB, text: 'missed' });
      expect(device).toMatchObject({ isConnected: false, undelivered: 1 });
      await withRealClient(options, async (real) => {
        await real.start();
        await real.next('ready');
        expect(real.names()).toEqual(['authenticated', 'ready']);
        expect(await real.client.getChatById(`${BOB}@c.us`)).toMatchObject({ unreadCount: 1, lastMessage: { body: 'missed' } });
        expect(device).toMatchObject({ isConnected: true, undelivered: 0 });
      });
    }));

  it('shows a code after the phone has logged it out', () =>
    inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await link(real);
        await real.next('qr');
        phone.logout();
        expect(await real.next('disconnected')).toEqual(['LOGOUT']);
        expect(await real.nextText('qr')).toMatch(/^2@/u);
      }),
    ));

  it('can say UNPAIRED instead of leaving', () =>
    inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await link(real);
        phone.logout({ shows: 'unpaired' });
        expect(await real.next('disconnected')).toEqual(['UNPAIRED']);
      }),
    ));

  it('learns of a logout that happened while it was away, and shows a code the time after', () =>
    inFolder(async (options) => {
      const phone = await withRealClient(options, link);
      phone.logout();
      await withRealClient(options, (real) => expect(real.start()).rejects.toThrow('Execution context was destroyed'));
      await withRealClient(options, async (real) => {
        await real.start();
        expect(await real.nextText('qr')).toMatch(/^2@/u);
      });
    }));

  it('logs out by itself', () =>
    inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await link(real);
        expect(phone.devices()).toHaveLength(1);
        await real.client.logout();
        expect(phone.devices()).toEqual([]);
      }),
    ));

  it('reports a conflict, and takes over when told to', () =>
    inFolder((options) =>
      withRealClient({ ...options, options: { takeoverOnConflict: true } }, async (real) => {
        const phone = await link(real);
        phone.devices()[0]?.page?.setState('CONFLICT');
        expect(await real.next('change_state')).toEqual(['CONFLICT']);
        expect(await real.next('change_state')).toEqual(['CONNECTED']);
      }),
    ));

  it.each(['CONFLICT', 'TOS_BLOCK', 'PROXYBLOCK', 'DEPRECATED_VERSION'] as const)('reports %s and keeps the login', (state) =>
    inFolder(async (options) => {
      await withRealClient(options, async (real) => {
        const phone = await link(real);
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
    inFolder(async (options) => {
      const phone = await withRealClient(options, link);
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
    inFolder(async (options) => {
      const phone = await withRealClient(options, link);
      await withFolder(async (older) => {
        await copyFolder(options.dataPath, older);
        await withRealClient(options, async (real) => {
          await real.start();
          await real.next('ready');
          phone.receives({ from: BOB, text: 'changes the state' });
          await real.next('message');
        });
        await withRealClient({ ...options, dataPath: older }, (real) => expect(real.start()).rejects.toThrow('Execution context was destroyed'));
      });
    }));

  it('loses the network, finds it again, and sends what it could not', () =>
    inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await link(real);
        const pid = web.launches().at(-1)?.pid;
        web.networkDown(pid);
        expect(await real.next('change_state')).toEqual(['OPENING']);
        expect(await real.next('change_state')).toEqual(['TIMEOUT']);
        expect(await real.client.sendMessage(`${BOB}@c.us`, 'held up')).toMatchObject({ ack: 0 });
        expect(phone.sent()).toEqual([]);
        web.networkUp(pid);
        await until(() => real.state(), 'CONNECTED');
        await real.next('message_ack');
        expect(phone.sent()).toMatchObject([{ body: 'held up' }]);
        expect(real.names()).not.toContain('disconnected');
      }),
    ));

  it('tells sessions side by side apart by their codes', () =>
    inFolder((options) =>
      withFolder((dataPath) =>
        withRealClient(options, (one) =>
          withRealClient({ ...options, dataPath }, async (other) => {
            await Promise.all([one.start(), other.start()]);
            const [oneCode, otherCode] = await Promise.all([one.nextText('qr'), other.nextText('qr')]);
            expect(web.pageShowing(oneCode)?.browserPid).not.toBe(web.pageShowing(otherCode)?.browserPid);
            const [ada, bob] = [newPhone(), newPhone()];
            await Promise.all([ada.scan(oneCode), bob.scan(otherCode)]);
            await Promise.all([one.next('ready'), other.next('ready')]);
            expect([one.client.info.wid.user, other.client.info.wid.user]).toEqual([ada.number, bob.number]);
          }),
        ),
      ),
    ));
});
