import { describe, expect, it } from 'vitest';
import type { LossCause } from '../../../src/whatsapp/device.ts';
import type { SocketState } from '../../whatsapp-web/settings.ts';
import { type ChromiumFixture, createChromiumFixture } from './chromium-fixture.ts';
import { ContractFixture } from '../contract/contract-fixture.ts';

const DEADLINE_MS = 60_000;
const fixture = new ContractFixture(() => createChromiumFixture(), DEADLINE_MS);
const chromium = (): ChromiumFixture => fixture.environment as ChromiumFixture;

describe('codes', { timeout: DEADLINE_MS * 2 }, () => {
  fixture.install();

  it('go on when the page has shown its last, and the new one can be scanned', async () => {
    chromium().web.configure({ qr: { refs: 2, firstMs: 400, restMs: 400 } });
    const { log, subject } = fixture.open(fixture.subject());
    await log.next('qr', ({ qr }) => qr.seq === 3);
    chromium().web.configure({ qr: { refs: 6, firstMs: 60_000, restMs: 20_000 } });
    const { qr } = await log.next('qr', (event) => chromium().page(subject).ref === event.qr.code.split(',')[0]);
    const linked = await fixture.environment.scan(qr.code, subject);
    // The page may have moved on in between; the phone then says so, and the next code is tried.
    if (linked.kind === 'refused') await fixture.environment.scan((await log.next('qr')).qr.code, subject);
    await log.next('ready');
  });

  it('never include the worthless one that follows a scan', async () => {
    const { log } = await fixture.openReady();
    const codes = log.events.flatMap((event) => (event.type === 'qr' ? [event.qr.code] : []));
    expect(codes).toHaveLength(1);
    expect(codes[0]).not.toContain('undefined');
  });

  it('are lost as blocked when a pairing from the start is refused: there is no other code to wait for', async () => {
    chromium().web.configure({ pairingCode: 'rate_limited' });
    const opened = fixture.open(fixture.subject(), '5215550001111');
    expect(await opened.log.next('lost')).toMatchObject({ cause: 'blocked', fault: { code: 'PAIRING_REFUSED' } });
  });

  it('are lost as blocked when the renewal of a pairing code is refused: the one shown is worth nothing', async () => {
    chromium().web.configure({ pairingCode: 'given_once' });
    const { log } = fixture.open(fixture.subject(), '5215550001111');
    const { pairingCode } = await log.next('pairing_code');
    await fixture.environment.pass(Date.parse(pairingCode.expiresAt) - Date.parse(pairingCode.issuedAt));
    expect(await log.next('lost')).toMatchObject({ cause: 'blocked', fault: { code: 'PAIRING_REFUSED' } });
  });

  it('to type are renewed though the page had no connection when the last one ended', async () => {
    const subject = fixture.subject();
    const opened = fixture.open(subject, subject.account.phoneNumber);
    const { pairingCode } = await opened.log.next('pairing_code');
    await fixture.environment.networkDown(subject);
    await fixture.probeUntil(opened, ({ kind }) => kind === 'missed');
    await fixture.environment.pass(Date.parse(pairingCode.expiresAt) - Date.parse(pairingCode.issuedAt));
    await fixture.environment.networkUp(subject);
    await fixture.probeUntil(opened, ({ kind }) => kind === 'alive');
    await fixture.environment.pass(15_000);
    await opened.log.next('pairing_code', (event) => event.pairingCode.code !== pairingCode.code);
  });

  it('to type are given by the page that follows one which was switched to them', async () => {
    const subject = fixture.subject();
    const { browser, log } = fixture.open(subject);
    await log.next('qr');
    await browser.call(
      'requestPairingCode',
      { phoneNumber: subject.account.phoneNumber },
      AbortSignal.timeout(DEADLINE_MS),
    );
    await log.next('pairing_code');
    chromium().page(subject).misbehave({ kind: 'reload' });
    const { pairingCode } = await log.next('pairing_code');
    expect(await fixture.environment.enterPairingCode(pairingCode.code, subject)).toEqual({ kind: 'linked' });
    await log.next('ready');
  });

  it('to scan are given by each page that follows, though it takes the place of one as soon as that has shown its code', async () => {
    const { log, subject } = fixture.open(fixture.subject());
    for (let page = 0; page < 12; page += 1) {
      const { qr } = await log.next('qr');
      expect(qr.code).not.toBe('');
      chromium().page(subject).misbehave({ kind: 'reload' });
    }
    await fixture.environment.spendQr(subject);
    await log.next('qr');
  });

  it('go on after a pairing that was asked for was refused', async () => {
    chromium().web.configure({ pairingCode: 'rate_limited' });
    const { browser, log, subject } = fixture.open(fixture.subject());
    await log.next('qr');
    await expect(
      browser.call('requestPairingCode', { phoneNumber: '5215550001111' }, fixture.signal()),
    ).rejects.toMatchObject({
      code: 'PAIRING_REFUSED',
    });
    await fixture.environment.spendQr(subject);
    await log.next('qr');
  });
});

describe('a logout', { timeout: DEADLINE_MS * 2 }, () => {
  fixture.install();

  it('that shows as UNPAIRED is one too', async () => {
    const { log, subject } = await fixture.openReady();
    chromium().web.phone(subject.account.phoneNumber).logout({ shows: 'unpaired' });
    expect(await log.next('lost')).toMatchObject({ cause: 'logged_out' });
  });

  it('leaves the profile to its owner, and a login made after it was erased lasts', async () => {
    const first = await fixture.openReady();
    await fixture.environment.logoutOnPhone(first.subject);
    await first.log.next('lost');
    expect(await fixture.environment.driver.credentials(first.subject.profileDir).has()).toBe(true);
    await fixture.close(first);
    await fixture.environment.driver.credentials(first.subject.profileDir).erase();
    await fixture.close(await fixture.openReady(first.subject));
    const again = fixture.open(first.subject);
    await again.log.next('ready');
    expect(again.log.types).not.toContain('qr');
  });

  it('of our own is done though the page leaves before it says so', async () => {
    chromium().web.configure({ logout: 'leaves_first' });
    const { browser, subject } = await fixture.openReady();
    await browser.call('unlink', null, AbortSignal.timeout(DEADLINE_MS));
    expect(chromium().web.phone(subject.account.phoneNumber).devices()).toEqual([]);
  });

  it('of our own that WhatsApp did not hear of is rejected', async () => {
    const opened = await fixture.openReady();
    await fixture.environment.networkDown(opened.subject);
    await fixture.probeUntil(opened, ({ kind }) => kind === 'missed');
    await expect(opened.browser.call('unlink', null, fixture.signal())).rejects.toMatchObject({
      code: 'UNLINK_FAILED',
    });
    expect(chromium().web.phone(opened.subject.account.phoneNumber).devices()).toHaveLength(1);
  });
});

describe('a state that WhatsApp imposes', { timeout: DEADLINE_MS * 2 }, () => {
  fixture.install();

  const STATES: readonly { readonly state: SocketState; readonly cause: LossCause }[] = [
    { state: 'TOS_BLOCK', cause: 'blocked' },
    { state: 'SMB_TOS_BLOCK', cause: 'blocked' },
    { state: 'PROXYBLOCK', cause: 'blocked' },
    { state: 'DEPRECATED_VERSION', cause: 'outdated' },
    { state: 'UNLAUNCHED', cause: 'network' },
  ];

  it.each(STATES)('is told as $cause when it is $state, and nothing after it', async ({ state, cause }) => {
    const { log, subject } = await fixture.openReady();
    chromium().page(subject).setState(state);
    expect(await log.next('lost')).toMatchObject({ cause });
    expect(log.types.at(-1)).toBe('lost');
  });

  it('is told before the page was ever linked', async () => {
    const { log, subject } = fixture.open(fixture.subject());
    await log.next('qr');
    chromium().page(subject).setState('DEPRECATED_VERSION');
    expect(await log.next('lost')).toMatchObject({ cause: 'outdated' });
  });

  it('leaves the login intact when it was a conflict', async () => {
    const first = await fixture.openReady();
    await fixture.environment.conflict(first.subject);
    await first.log.next('lost');
    await fixture.close(first);
    await fixture.open(first.subject).log.next('ready');
  });
});
