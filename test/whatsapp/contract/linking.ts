import { expect, it } from 'vitest';
import { HeardMessages } from '../heard-messages.ts';
import type { ContractFixture } from './contract-fixture.ts';

/** From a fresh profile to ready, and what a ready session does. */
export function linkingContract(fixture: ContractFixture): void {
  it('returns from open before it tells anything', async () => {
    const { log } = fixture.open(fixture.subject());
    expect(log.events).toEqual([]);
    await log.next('started');
  });

  it('shows a QR of five parts that has not expired', async () => {
    const { log } = fixture.open(fixture.subject());
    const { qr } = await log.next('qr');
    expect(qr.code.split(',')).toHaveLength(5);
    expect(qr.code.split(',').every((part) => part !== '' && part !== 'undefined')).toBe(true);
    expect(Date.parse(qr.expiresAt)).toBeGreaterThan(Date.now());
    expect(Date.parse(qr.expiresAt)).toBeGreaterThan(Date.parse(qr.issuedAt));
  });

  it('numbers the QR codes of a browser upwards', async () => {
    const { log, subject } = fixture.open(fixture.subject());
    const first = await log.next('qr');
    await fixture.environment.spendQr(subject);
    const second = await log.next('qr', ({ qr }) => qr.code !== first.qr.code);
    expect(first.qr.seq).toBeGreaterThan(0);
    expect(second.qr.seq).toBeGreaterThan(first.qr.seq);
  });

  it('is ready with the account of the phone that scanned', async () => {
    const subject = fixture.subject();
    const { log } = fixture.open(subject);
    const { qr } = await log.next('qr');
    await fixture.environment.scan(qr.code, subject);
    await log.next('authenticated');
    const { account } = await log.next('ready');
    expect(account).toEqual(subject.account);
  });

  it('can not be linked by a QR that it no longer shows', async () => {
    const { log, subject } = fixture.open(fixture.subject());
    const stale = await log.next('qr');
    await fixture.environment.spendQr(subject);
    const fresh = await log.next('qr', ({ qr }) => qr.code !== stale.qr.code);
    expect(await fixture.environment.scan(stale.qr.code, subject)).toMatchObject({ kind: 'refused' });
    expect(await fixture.environment.scan(fresh.qr.code, subject)).toEqual({ kind: 'linked' });
    await log.next('ready');
  });

  it('tells its start first, the scan, authenticated before ready, and no QR after the scan', async () => {
    const { log } = await fixture.openReady();
    expect(log.types[0]).toBe('started');
    expect(log.types.lastIndexOf('qr')).toBeLessThan(log.types.indexOf('scanned'));
    expect(log.types.indexOf('scanned')).toBeLessThan(log.types.indexOf('authenticated'));
    expect(log.types.indexOf('authenticated')).toBeLessThan(log.types.indexOf('ready'));
  });

  it('pairs by code from the start, without a QR', async () => {
    const subject = fixture.subject();
    const { log } = fixture.open(subject, subject.account.phoneNumber);
    const { pairingCode } = await log.next('pairing_code');
    expect(pairingCode.code).toMatch(/^[A-Z0-9]{8}$/);
    expect(pairingCode.phoneNumber).toBe(subject.account.phoneNumber);
    expect(Date.parse(pairingCode.expiresAt)).toBeGreaterThan(Date.now());
    expect(await fixture.environment.enterPairingCode(pairingCode.code, subject)).toEqual({ kind: 'linked' });
    const { account } = await log.next('ready');
    expect(account).toEqual(subject.account);
    expect(log.types).not.toContain('qr');
  });

  it('shows another pairing code when the time of the one shown is over, and only the new one links', async () => {
    const subject = fixture.subject();
    const { log } = fixture.open(subject, subject.account.phoneNumber);
    const { pairingCode: first } = await log.next('pairing_code');
    await fixture.environment.pass(Date.parse(first.expiresAt) - Date.parse(first.issuedAt));
    const { pairingCode: second } = await log.next('pairing_code');
    expect(second.phoneNumber).toBe(subject.account.phoneNumber);
    expect(Date.parse(second.issuedAt)).toBeGreaterThanOrEqual(Date.parse(first.expiresAt));
    expect(await fixture.environment.enterPairingCode(first.code, subject)).toMatchObject({ kind: 'refused' });
    expect(await fixture.environment.enterPairingCode(second.code, subject)).toEqual({ kind: 'linked' });
    await log.next('ready');
  });

  it('switches from a QR to a pairing code', async () => {
    const subject = fixture.subject();
    const { browser, log } = fixture.open(subject);
    await log.next('qr');
    await browser.call(
      'requestPairingCode',
      { phoneNumber: subject.account.phoneNumber },
      AbortSignal.timeout(fixture.deadlineMs),
    );
    const { pairingCode } = await log.next('pairing_code');
    await fixture.environment.enterPairingCode(pairingCode.code, subject);
    await log.next('ready');
  });

  it('gives no pairing code once it is linked', async () => {
    const { browser, subject } = await fixture.openReady();
    await expect(
      browser.call('requestPairingCode', { phoneNumber: subject.account.phoneNumber }, fixture.signal()),
    ).rejects.toThrow(Error);
  });

  it('delivers a message to the account', async () => {
    const { browser, log, subject } = await fixture.openReady();
    await fixture.environment.receive({ from: '5215559998877', text: 'Is it open on Sunday?' }, subject);
    await log.next('inbox');
    const message = await new HeardMessages(browser).next('Is it open on Sunday?');
    expect(message).toMatchObject({ type: 'text', fromMe: false });
    expect(message.from).toContain('5215559998877');
    expect(message.to).toContain(subject.account.phoneNumber);
  });

  it('keeps two sessions apart', async () => {
    const one = await fixture.openReady();
    const other = await fixture.openReady();
    await fixture.environment.receive({ from: '5215559998877', text: 'for the other' }, other.subject);
    await new HeardMessages(other.browser).next('for the other');
    const heard = new HeardMessages(one.browser);
    await heard.pull();
    expect(heard.messages).toEqual([]);
  });
}
