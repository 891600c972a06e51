import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { codeOf, link, linkForGood, createEndToEndFixture } from './end-to-end-fixture.ts';

const NUMBER = '491700000001';
const memoryAnswer = z.object({ items: z.array(z.object({ id: z.string(), bytes: z.number() })) });

describe('The whole service, with the real library in a real browser', () => {
  it('brings a session from its QR code to ready, and says whose account it is', async () => {
    const fixture = await createEndToEndFixture();
    const { client } = await fixture.start();
    const ready = await link(fixture, client, 'sales', NUMBER);
    expect(ready).toMatchObject({
      state: 'ready',
      phoneNumber: NUMBER,
      displayName: 'Ada',
      qr: null,
      reason: null,
      tags: ['connected', 'settled'],
    });
    expect(await client.life('sales')).toEqual([
      'disconnected.queued',
      'authenticating.launching',
      'waiting_qr.scan',
      'authenticating.syncing',
      'ready.online',
    ]);
  });

  it('brings every session back to ready after a restart, without a QR code, and tells what their browsers hold in memory', async () => {
    const fixture = await createEndToEndFixture();
    const first = await fixture.start();
    await link(fixture, first.client, 'sales', NUMBER);
    await link(fixture, first.client, 'support', '491700000002');
    expect(await first.service.end()).toEqual({ code: 0, signal: null });
    expect(fixture.liveBrowsers()).toEqual([]);

    const { client } = await fixture.start();
    for (const id of ['sales', 'support']) {
      const before = (await client.life(id)).lastIndexOf('disconnected.closing');
      await client.reaches(id, 'ready');
      expect((await client.life(id)).slice(before)).not.toContain('waiting_qr.scan');
    }
    expect(fixture.liveBrowsers()).toHaveLength(2);
    const told = async () =>
      memoryAnswer
        .parse(await (await client.call('GET', '/api/memory')).json())
        .items.map(({ id, bytes }) => ({ id, isMuch: bytes > 20 * 2 ** 20 }));
    await expect.poll(told, { timeout: 60_000 }).toEqual(['sales', 'support'].map((id) => ({ id, isMuch: true })));
  });

  it('brings back an account that syncs for longer than a launch may take, and hides its code at once', async () => {
    const fixture = await createEndToEndFixture({ LAUNCH_TIMEOUT_MS: '12000', SYNC_TIMEOUT_MS: '4000' });
    fixture.web.configure({ sync: { when: 'listened_to', durationMs: 14_000, steps: 28 } });
    const { client } = await fixture.start();
    await client.create('sales');
    await fixture.web.phone(NUMBER, 'Ada').scan(codeOf(await client.reaches('sales', 'waiting_qr')));
    expect(await client.reaches('sales', 'authenticating.syncing')).toMatchObject({ qr: null });
    await client.reaches('sales', 'ready');
    await client.call('POST', '/api/sessions/sales/reconnect');
    await client.reaches('sales', 'reconnecting.attempting.syncing');
    await client.reaches('sales', 'ready');
    expect(await client.life('sales')).toEqual([
      'disconnected.queued',
      'authenticating.launching',
      'waiting_qr.scan',
      'authenticating.syncing',
      'ready.online',
      'reconnecting.closing',
      'reconnecting.backoff',
      'reconnecting.queued',
      'reconnecting.attempting.launching',
      'reconnecting.attempting.syncing',
      'ready.online',
    ]);
  });

  it('notices a frozen browser, ends it, and reconnects', async () => {
    const fixture = await createEndToEndFixture();
    const { client } = await fixture.start();
    const browser = await linkForGood(fixture, client, 'sales', NUMBER);
    process.kill(browser.pid, 'SIGSTOP');
    await client.reaches('sales', 'reconnecting');
    await client.reaches('sales', 'ready');
    expect(browser.isAlive()).toBe(false);
  });

  it('erases the login when the phone logs out, and shows a fresh code when it is started again', async () => {
    const fixture = await createEndToEndFixture();
    const { client } = await fixture.start();
    await link(fixture, client, 'sales', NUMBER);
    fixture.web.phone(NUMBER).logout();
    const gone = await client.reaches('sales', 'disconnected.logged_out');
    expect(gone).toMatchObject({
      reason: 'logged_out',
      phoneNumber: null,
      desired: 'running',
      tags: ['needs_scan', 'settled', 'at_rest'],
    });
    expect(fixture.liveBrowsers()).toEqual([]);
    const { status } = await client.call('POST', '/api/sessions/sales/start?wait=60');
    expect(status).toBe(200);
    expect((await client.get('sales')).state).toBe('waiting_qr');
  });

  it('links by a pairing code', async () => {
    const fixture = await createEndToEndFixture();
    const { client } = await fixture.start();
    await client.call('POST', '/api/sessions', { id: 'sales', pairWith: NUMBER });
    const { pairingCode } = await client.reaches('sales', 'waiting_qr.pairing');
    await fixture.web.phone(NUMBER, 'Ada').enterPairingCode(pairingCode?.code ?? '');
    expect(await client.reaches('sales', 'ready')).toMatchObject({ phoneNumber: NUMBER, pairingCode: null });
  });

  it('tells the phone on logout, and deletes without a trace', async () => {
    const fixture = await createEndToEndFixture();
    const { client } = await fixture.start();
    await link(fixture, client, 'sales', NUMBER);
    expect((await client.call('POST', '/api/sessions/sales/logout?wait=60')).status).toBe(200);
    expect(fixture.web.phone(NUMBER).devices()).toEqual([]);
    expect((await client.call('DELETE', '/api/sessions/sales')).status).toBe(204);
    expect((await client.call('GET', '/api/sessions/sales')).status).toBe(404);
    expect(fixture.liveBrowsers()).toEqual([]);
  });

  it('writes no code, token, number or name into its log', async () => {
    const fixture = await createEndToEndFixture();
    const { service, client } = await fixture.start();
    await client.call('POST', '/api/sessions', { id: 'sales' });
    const code = codeOf(await client.reaches('sales', 'waiting_qr'));
    await fixture.web.phone(NUMBER, 'Ada').scan(code);
    await client.reaches('sales', 'ready');
    await service.end();
    expect(service.log.length).toBeGreaterThan(5);
    const log = JSON.stringify(service.log);
    for (const secret of [code, code.split(',')[0] ?? code, client.token, NUMBER, '"Ada"'])
      expect(log).not.toContain(secret);
  });
});
