import { describe, expect, it } from 'vitest';
import { BROWSER } from './installed-browsers.ts';
import { LinkRefusedError } from './phone.ts';
import { until, withFolder, withRealClient } from './real-client.ts';
import { startWhatsAppWeb } from './server.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { useWhatsAppWeb } from './use-whatsapp-web.ts';

const BOB = '491799999999';

describe('a life in WhatsApp Web, by the real library', { timeout: 40_000 }, () => {
  const fixture = useWhatsAppWeb();

  it('goes from a code over a scan to ready, with the worthless code in between', () =>
    fixture.inFolder((options) =>
      withRealClient(options, async (real) => {
        const { number } = await fixture.link(real);
        expect(real.names()).toEqual(['qr', 'qr', 'authenticated', 'ready']);
        expect(await real.next('qr')).toEqual([expect.stringMatching(/^undefined,/u)]);
        expect(real.client.info).toMatchObject({ pushname: `Phone ${number}`, wid: { _serialized: `${number}@c.us` } });
        expect(await real.state()).toBe('CONNECTED');
      }),
    ));

  it('is ready again after a restart without a code, with the messages it had', () =>
    fixture.inFolder(async (options) => {
      const text = 'kept';
      await withRealClient(options, async (real) => {
        const phone = await fixture.link(real);
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
    fixture.inFolder((options) =>
      withRealClient(options, async (real) => {
        await real.start();
        const first = await real.nextText('qr');
        fixture.web.pageShowing(first)?.rotate();
        const second = await real.nextText('qr');
        const [ref, , identityKey, secret, platform] = second.split(',');
        const otherKey = Buffer.alloc(32, 7).toString('base64');
        const phone = fixture.newPhone();
        await expect(phone.scan(first)).rejects.toEqual(new LinkRefusedError('expired'));
        await expect(phone.scan(second.replace('2@', '2@x'))).rejects.toEqual(new LinkRefusedError('unknown'));
        await expect(phone.scan(second.replace(/^[^,]*/u, 'undefined'))).rejects.toEqual(
          new LinkRefusedError('not_a_code'),
        );
        await expect(phone.scan([ref, otherKey, identityKey, secret, platform].join(','))).rejects.toEqual(
          new LinkRefusedError('wrong_keys'),
        );
        expect(phone.devices()).toEqual([]);
        await phone.scan(second);
        await real.next('ready');
      }),
    ));

  it('believes only a phone that knows the secret in the code', () =>
    fixture.inFolder((options) =>
      withRealClient(options, async (real) => {
        await real.start();
        const [ref, noiseKey, identityKey, , platform] = (await real.nextText('qr')).split(',');
        const forged = [ref, noiseKey, identityKey, Buffer.alloc(32, 7).toString('base64'), platform].join(',');
        await expect(fixture.newPhone().scan(forged)).rejects.toEqual(new LinkRefusedError('wrong_keys'));
      }),
    ));

  it('falls idle after its last code, in silence, until it is told to show new ones', () =>
    fixture.inFolder(async (options) => {
      fixture.web.configure({ qr: { refs: 2, firstMs: 300, restMs: 300 } });
      await withRealClient(options, async (real) => {
        await real.start();
        await until(() => real.state(), 'UNPAIRED_IDLE');
        expect(real.names()).toEqual(['qr', 'qr']);
        fixture.web.configure({ qr: DEFAULT_SETTINGS.qr });
        await real.inPage(`window.require('WAWebLaunchSocketUtils').refreshQR()`);
        await real.next('qr');
        await real.next('qr');
        await fixture.newPhone().scan(await real.nextText('qr'));
        await real.next('ready');
      });
    }));

  it('links by a pairing code that is entered on the phone it was made for', () =>
    fixture.inFolder(async (options) => {
      const phone = fixture.newPhone();
      await withRealClient(
        { ...options, options: { pairWithPhoneNumber: { phoneNumber: phone.number } } },
        async (real) => {
          await real.start();
          const code = await real.nextText('code');
          expect(code).toMatch(/^[A-Z1-9]{8}$/u);
          await expect(fixture.web.phone(BOB).enterPairingCode(code)).rejects.toEqual(
            new LinkRefusedError('wrong_number'),
          );
          await phone.enterPairingCode(`${code.slice(0, 4)}-${code.slice(4)}`);
          await real.next('ready');
        },
      );
    }));

  it('refuses a pairing code when it is told to', () =>
    fixture.inFolder(async (options) => {
      fixture.web.script({ kind: 'loads', settings: { pairingCode: 'rate_limited' } });
      await withRealClient(options, async (real) => {
        await real.start();
        await real.next('qr');
        await expect(real.client.requestPairingCode(BOB)).rejects.toThrow('IQErrorRateOverlimit');
      });
    }));

  it('takes messages in and out and reports what became of them', () =>
    fixture.inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await fixture.link(real);
        phone.receives({ from: BOB, text: 'in a chat' });
        phone.receives({ from: BOB, text: 'in a group', group: '123@g.us' });
        expect(await real.next('message')).toMatchObject([
          { body: 'in a chat', from: `${BOB}@c.us`, to: `${phone.number}@c.us`, hasMedia: false },
        ]);
        expect(await real.next('message')).toMatchObject([
          { body: 'in a group', from: '123@g.us', author: `${BOB}@c.us` },
        ]);

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
    fixture.inFolder(async (options) => {
      const phone = await withRealClient(options, (real) => fixture.link(real));
      const [device] = phone.devices();
      phone.receives({ from: BOB, text: 'missed' });
      expect(device).toMatchObject({ isConnected: false, undelivered: 1 });
      await withRealClient(options, async (real) => {
        await real.start();
        await real.next('ready');
        expect(real.names()).toEqual(['authenticated', 'ready']);
        expect(await real.client.getChatById(`${BOB}@c.us`)).toMatchObject({
          unreadCount: 1,
          lastMessage: { body: 'missed' },
        });
        expect(device).toMatchObject({ isConnected: true, undelivered: 0 });
      });
    }));

  it('leaves a sent message without an ack when the server is told to be silent', () =>
    fixture.inFolder((options) =>
      withRealClient(options, async (real) => {
        const phone = await fixture.link(real);
        phone.acknowledgeAutomatically(0);
        await real.client.sendMessage(`${BOB}@c.us`, 'unheard');
        await until(() => phone.sent().length, 1);
        expect(phone.sent()).toMatchObject([{ body: 'unheard', ack: 0 }]);
        expect(real.names()).not.toContain('message_ack');
      }),
    ));

  it('links no more devices than it may', () =>
    withFolder(async (dataPath) => {
      const strict = await startWhatsAppWeb({ maxDevices: 0 });
      try {
        await withRealClient({ executablePath: await strict.wrapperFor(BROWSER), dataPath }, async (real) => {
          await real.start();
          await expect(strict.phone(BOB).scan(await real.nextText('qr'))).rejects.toEqual(
            new LinkRefusedError('too_many_devices'),
          );
        });
      } finally {
        await strict.close();
      }
    }));

  it('tells sessions side by side apart by their codes', () =>
    fixture.inFolder((options) =>
      withFolder((dataPath) =>
        withRealClient(options, (one) =>
          withRealClient({ ...options, dataPath }, async (other) => {
            await Promise.all([one.start(), other.start()]);
            const [oneCode, otherCode] = await Promise.all([one.nextText('qr'), other.nextText('qr')]);
            expect(fixture.web.pageShowing(oneCode)?.browserPid).not.toBe(
              fixture.web.pageShowing(otherCode)?.browserPid,
            );
            const [ada, bob] = [fixture.newPhone(), fixture.newPhone()];
            await Promise.all([ada.scan(oneCode), bob.scan(otherCode)]);
            await Promise.all([one.next('ready'), other.next('ready')]);
            expect([one.client.info.wid.user, other.client.info.wid.user]).toEqual([ada.number, bob.number]);
          }),
        ),
      ),
    ));
});
