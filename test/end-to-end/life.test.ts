import { describe, expect, it } from 'vitest';

import type { Session } from '../../src/domain/session.ts';
import type { Service } from './service.ts';
import { setStage, type Stage } from './stage.ts';

const NUMBER = '491700000001';

function codeOf({ qr }: Session): string {
  if (qr === null) throw new Error('No QR code is shown.');
  return qr.code;
}

/** A session that a phone has scanned. */
async function link({ web }: Stage, service: Service, id: string, number = NUMBER): Promise<Session> {
  await service.call('POST', '/api/sessions', { id });
  const waiting = await service.reaches(id, 'waiting_qr');
  await web.phone(number, 'Ada').scan(codeOf(waiting));
  return service.reaches(id, 'ready');
}

describe('The whole service, with the real library in a real browser', () => {
  it('brings a session from its QR code to ready, and says whose account it is', async () => {
    const stage = await setStage();
    const service = await stage.start();
    const ready = await link(stage, service, 'sales');
    expect(ready).toMatchObject({ state: 'ready', phoneNumber: NUMBER, displayName: 'Ada', qr: null, reason: null, tags: ['connected', 'settled'] });
    expect(await service.life('sales')).toEqual([
      'disconnected.queued',
      'authenticating.launching',
      'waiting_qr.scan',
      'authenticating.syncing',
      'ready.online',
    ]);
  });

  it('brings every session back to ready after a restart, without a QR code', async () => {
    const stage = await setStage();
    const first = await stage.start();
    await link(stage, first, 'sales');
    await link(stage, first, 'support', '491700000002');
    expect(await first.end()).toBe(0);
    expect(stage.liveBrowsers()).toBe(0);

    const second = await stage.start();
    for (const id of ['sales', 'support']) {
      const before = (await second.life(id)).lastIndexOf('disconnected.closing');
      await second.reaches(id, 'ready');
      expect((await second.life(id)).slice(before)).not.toContain('waiting_qr.scan');
    }
    expect(stage.liveBrowsers()).toBe(2);
  });

  it('comes back after a kill -9 of the service, and leaves no browser of the dead one', async () => {
    const stage = await setStage();
    const first = await stage.start();
    await link(stage, first, 'sales');
    // Closing flushes the login to the disk; without it, it may be lost for some seconds after the scan.
    await first.call('POST', '/api/sessions/sales/restart?wait=60');
    const former = stage.web.launches().find((launch) => launch.isAlive());
    await first.end('SIGKILL');

    const second = await stage.start();
    await second.reaches('sales', 'ready');
    expect(former?.isAlive()).toBe(false);
    expect(stage.liveBrowsers()).toBe(1);
  });

  it('reconnects by itself when its browser is killed', async () => {
    const stage = await setStage();
    const service = await stage.start();
    await link(stage, service, 'sales');
    await service.call('POST', '/api/sessions/sales/restart?wait=60');
    const browser = stage.web.launches().find((launch) => launch.isAlive());
    process.kill(browser?.pid ?? 0, 'SIGKILL');
    await service.reaches('sales', 'reconnecting');
    const back = await service.reaches('sales', 'ready');
    expect(back.reconnect.attempt).toBe(1);
    expect(await service.life('sales')).toContain('reconnecting.attempting.launching');
  });

  it('notices a frozen browser, ends it, and reconnects', async () => {
    const stage = await setStage();
    const service = await stage.start();
    await link(stage, service, 'sales');
    await service.call('POST', '/api/sessions/sales/restart?wait=60');
    const browser = stage.web.launches().find((launch) => launch.isAlive());
    process.kill(browser?.pid ?? 0, 'SIGSTOP');
    await service.reaches('sales', 'reconnecting');
    await service.reaches('sales', 'ready');
    expect(browser?.isAlive()).toBe(false);
  });

  it('erases the login when the phone logs out, and shows a fresh code when it is started again', async () => {
    const stage = await setStage();
    const service = await stage.start();
    await link(stage, service, 'sales');
    stage.web.phone(NUMBER).logout();
    const gone = await service.reaches('sales', 'disconnected.logged_out');
    expect(gone).toMatchObject({ reason: 'logged_out', phoneNumber: null, desired: 'running', tags: ['needs_scan', 'settled', 'at_rest'] });
    expect(stage.liveBrowsers()).toBe(0);
    const { status } = await service.call('POST', '/api/sessions/sales/start?wait=60');
    expect(status).toBe(200);
    expect((await service.session('sales')).state).toBe('waiting_qr');
  });

  it('links by a pairing code', async () => {
    const stage = await setStage();
    const service = await stage.start();
    await service.call('POST', '/api/sessions', { id: 'sales', pairWith: NUMBER });
    const { pairingCode } = await service.reaches('sales', 'waiting_qr.pairing');
    await stage.web.phone(NUMBER, 'Ada').enterPairingCode(pairingCode?.code ?? '');
    expect(await service.reaches('sales', 'ready')).toMatchObject({ phoneNumber: NUMBER, pairingCode: null });
  });

  it('tells the phone on logout, and deletes without a trace', async () => {
    const stage = await setStage();
    const service = await stage.start();
    await link(stage, service, 'sales');
    expect((await service.call('POST', '/api/sessions/sales/logout?wait=60')).status).toBe(200);
    expect(stage.web.phone(NUMBER).devices()).toEqual([]);
    expect((await service.call('DELETE', '/api/sessions/sales')).status).toBe(204);
    expect((await service.call('GET', '/api/sessions/sales')).status).toBe(404);
    expect(stage.liveBrowsers()).toBe(0);
  });

  it('writes no code, token, number or name into its log', async () => {
    const stage = await setStage();
    const service = await stage.start();
    await service.call('POST', '/api/sessions', { id: 'sales' });
    const code = codeOf(await service.reaches('sales', 'waiting_qr'));
    await stage.web.phone(NUMBER, 'Ada').scan(code);
    await service.reaches('sales', 'ready');
    await service.end();
    const log = service.output.split('\n').filter((line) => line.startsWith('{'));
    expect(log.length).toBeGreaterThan(5);
    for (const secret of [code, code.split(',')[0] ?? code, service.token, NUMBER, '"Ada"']) expect(log.join('\n')).not.toContain(secret);
  });
});
