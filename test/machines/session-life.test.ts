import { describe, expect, it } from 'vitest';

import { causes, type Cause, type SessionEvent } from '../../machines/session.machine.ts';
import { ACCOUNT, CAUSES, PAIRING_CODE, QR } from './session-events.ts';
import { inputWith, LIMITS, pathOf, runSession } from './run-session.ts';

/** A session that is ready on browser 1. */
function runReady() {
  const run = runSession();
  run.actor.send({ type: 'session.start' });
  run.actor.send({ type: 'launch.granted' });
  run.actor.send({ type: 'browser.ready', browser: 1, account: ACCOUNT });
  run.commands.length = 0;
  return { ...run, now: () => pathOf(run.actor.getSnapshot()) };
}
const FAULT = { code: 'X', message: 'x' };
const lost = (browser: number, cause: Cause): SessionEvent => ({ type: 'browser.lost', browser, cause, fault: FAULT });

describe('a session', () => {
  it('goes from a QR code to ready', () => {
    const { actor, commands } = runSession();
    const seen = [pathOf(actor.getSnapshot())];
    const way: readonly SessionEvent[] = [
      { type: 'session.start' },
      { type: 'launch.granted' },
      { type: 'browser.qr', browser: 1, qr: QR },
      { type: 'browser.authenticated', browser: 1 },
      { type: 'browser.ready', browser: 1, account: ACCOUNT },
    ];
    for (const event of way) {
      actor.send(event);
      seen.push(pathOf(actor.getSnapshot()));
    }
    expect(seen).toEqual([
      'disconnected.never_started',
      'disconnected.queued',
      'authenticating.launching',
      'waiting_qr.scan',
      'authenticating.syncing',
      'ready.online',
    ]);
    expect(commands).toEqual([
      { type: 'launch.request' },
      { type: 'launch.withdraw' },
      { type: 'browser.open', browser: 1, pairWith: null },
    ]);
    expect(actor.getSnapshot().context).toMatchObject({ account: ACCOUNT, reason: null, qr: null, pairingCode: null });
    actor.stop();
  });

  /** A session whose code was scanned. */
  function runScanned() {
    const run = runSession();
    run.actor.send({ type: 'session.start' });
    run.actor.send({ type: 'launch.granted' });
    run.actor.send({ type: 'browser.qr', browser: 1, qr: QR });
    run.actor.send({ type: 'browser.scanned', browser: 1 });
    return { ...run, now: () => pathOf(run.actor.getSnapshot()) };
  }

  it('hides the code as soon as it is scanned, and no window ends any more, whatever the sync still takes', () => {
    const { actor, clock, now } = runScanned();
    expect(now()).toBe('authenticating.syncing');
    expect(actor.getSnapshot().context.qr).toBeNull();
    for (let waitedMs = 0; waitedMs < 3 * LIMITS.qrWindowMs; waitedMs += 30_000) {
      clock.increment(30_000);
      actor.send({ type: 'browser.progress', browser: 1 });
    }
    expect(now()).toBe('authenticating.syncing');
    actor.stop();
  });

  it('shows the next code when a scan came to nothing', () => {
    const { actor, now } = runScanned();
    actor.send({ type: 'browser.qr', browser: 1, qr: { ...QR, seq: 2 } });
    expect(now()).toBe('waiting_qr.scan');
    expect(actor.getSnapshot().context.qr?.seq).toBe(2);
    actor.stop();
  });

  it('may sync for as long as it makes progress, longer than a launch may take, and is lost when that stops', () => {
    const { actor, clock, commands, now } = runReady();
    actor.send({ type: 'session.renew' });
    actor.send({ type: 'browser.closed', browser: 1 });
    clock.increment(1);
    actor.send({ type: 'launch.granted' });
    actor.send({ type: 'browser.authenticated', browser: 2 });
    for (let step = 0; step < 10; step += 1) {
      clock.increment(LIMITS.syncTimeoutMs - 1);
      actor.send({ type: 'browser.progress', browser: 2 });
    }
    expect(now()).toBe('reconnecting.attempting.syncing');
    clock.increment(LIMITS.syncTimeoutMs);
    expect(now()).toBe('reconnecting.closing');
    expect(commands.at(-1)).toEqual({ type: 'browser.close', browser: 2, because: 'sync_timeout' });
    actor.stop();
  });

  it('waits for the same browser when it is asked to close it twice', () => {
    const { actor, commands, now } = runReady();
    actor.send({ type: 'session.reconnect' });
    actor.send({ type: 'session.stop' });
    expect(commands).toEqual([
      { type: 'browser.close', browser: 1, because: null },
      { type: 'browser.close', browser: 1, because: 'stopped' },
    ]);
    expect(now()).toBe('disconnected.closing');
    actor.send({ type: 'browser.closed', browser: 1 });
    expect(now()).toBe('disconnected.stopped');
    actor.stop();
  });

  it('erases a login only after its browser is closed, when a logout comes during a stop', () => {
    const { actor, clock, commands, now } = runReady();
    actor.send({ type: 'session.stop' });
    actor.send({ type: 'session.logout' });
    expect(now()).toBe('disconnected.logging_out.reaching.clearing');
    expect(commands.map(({ type }) => type)).not.toContain('profile.erase');
    actor.send({ type: 'browser.closed', browser: 1 });
    expect(now()).toBe('disconnected.logging_out.reaching.queued');
    clock.increment(LIMITS.reachTimeoutMs);
    expect(commands.map(({ type }) => type)).not.toContain('profile.erase');
    actor.send({ type: 'browser.closed', browser: 1 });
    expect(commands.at(-1)).toEqual({ type: 'profile.erase' });
    actor.stop();
  });

  const PAGELESS: readonly { when: string; events: readonly SessionEvent[] }[] = [
    { when: 'while it is stopped', events: [{ type: 'session.stop' }, { type: 'browser.closed', browser: 1 }] },
    { when: 'while it stops', events: [{ type: 'session.stop' }] },
    { when: 'while it reconnects', events: [lost(1, 'network')] },
    { when: 'once it has failed', events: [lost(1, 'blocked')] },
  ];

  it.each(PAGELESS)('brings a page up once, to tell WhatsApp, when it is logged out $when', ({ events }) => {
    const { actor, commands, now } = runReady();
    for (const event of [...events, { type: 'session.logout' } as const]) actor.send(event);
    actor.send({ type: 'browser.closed', browser: 1 });
    actor.send({ type: 'launch.granted' });
    expect(now()).toBe('disconnected.logging_out.reaching.launching');
    actor.send({ type: 'browser.authenticated', browser: 2 });
    expect(now()).toBe('disconnected.logging_out.unlinking');
    expect(commands.at(-1)).toEqual({ type: 'browser.unlink', browser: 2 });
    actor.send({ type: 'browser.unlinked', browser: 2 });
    actor.send({ type: 'browser.closed', browser: 2 });
    actor.send({ type: 'profile.erased' });
    expect(now()).toBe('disconnected.logged_out');
    expect(actor.getSnapshot().context.fault?.code).not.toBe('STILL_LISTED');
    actor.stop();
  });

  it.each(PAGELESS)('says that the phone lists the device when no page comes up $when', ({ events }) => {
    const { actor, clock, now } = runReady();
    for (const event of [...events, { type: 'session.logout' } as const]) actor.send(event);
    clock.increment(LIMITS.reachTimeoutMs);
    expect(now()).toBe('disconnected.logging_out.closing');
    const { fault } = actor.getSnapshot().context;
    expect(fault?.code).toBe('STILL_LISTED');
    expect(fault?.message).toContain('Linked devices');
    actor.stop();
  });

  it.each<{ what: string; news: SessionEvent; isListed: boolean }>([
    { what: 'the page shows a code', news: { type: 'browser.qr', browser: 2, qr: QR }, isListed: true },
    { what: 'the page is lost', news: lost(2, 'page_crashed'), isListed: true },
    { what: 'the phone has removed the device', news: lost(2, 'logged_out'), isListed: false },
  ])('tries no second page after one to tell WhatsApp: $what', ({ news, isListed }) => {
    const { actor, now } = runReady();
    for (const type of ['session.stop', 'session.logout'] as const) actor.send({ type });
    actor.send({ type: 'browser.closed', browser: 1 });
    actor.send({ type: 'launch.granted' });
    actor.send(news);
    expect(now()).toBe('disconnected.logging_out.closing');
    expect(actor.getSnapshot().context.fault?.code === 'STILL_LISTED').toBe(isListed);
    actor.stop();
  });

  it('lets a page that is on its way up tell WhatsApp of a logout', () => {
    const { actor, commands, now } = runReady();
    actor.send({ type: 'session.restart' });
    actor.send({ type: 'browser.closed', browser: 1 });
    actor.send({ type: 'launch.granted' });
    actor.send({ type: 'session.logout' });
    expect(now()).toBe('disconnected.logging_out.reaching.launching');
    actor.send({ type: 'browser.ready', browser: 2, account: ACCOUNT });
    expect(commands.at(-1)).toEqual({ type: 'browser.unlink', browser: 2 });
    actor.stop();
  });

  it('unlinks a page that has not loaded yet', () => {
    const { actor, commands, now } = runScanned();
    actor.send({ type: 'session.logout' });
    expect(now()).toBe('disconnected.logging_out.unlinking');
    expect(commands.at(-1)).toEqual({ type: 'browser.unlink', browser: 1 });
    actor.stop();
  });

  it('says that the phone perhaps lists the device when a login did not hold and its code is shown', () => {
    const { actor, now } = runReady();
    actor.send({ type: 'session.reconnect' });
    actor.send({ type: 'browser.closed', browser: 1 });
    actor.send({ type: 'session.reconnect' });
    actor.send({ type: 'launch.granted' });
    actor.send({ type: 'browser.qr', browser: 2, qr: QR });
    actor.send({ type: 'session.logout' });
    expect(now()).toBe('disconnected.logging_out.closing');
    expect(actor.getSnapshot().context.fault?.code).toBe('STILL_LISTED');
    actor.stop();
  });

  it('says so, and why, when the page could not tell WhatsApp', () => {
    const { actor } = runReady();
    actor.send({ type: 'session.logout' });
    actor.send({
      type: 'browser.unlink_failed',
      browser: 1,
      fault: { code: 'UNLINK_FAILED', message: 'The page was gone.' },
    });
    const { fault } = actor.getSnapshot().context;
    expect(fault?.code).toBe('STILL_LISTED');
    expect(fault?.message).toMatch(/^The page was gone\. .*Linked devices/);
    actor.stop();
  });

  it('says no such thing when WhatsApp was told, nor when no phone was ever linked', () => {
    const { actor } = runReady();
    actor.send({ type: 'session.logout' });
    actor.send({ type: 'browser.unlinked', browser: 1 });
    expect(actor.getSnapshot().context.fault).toBeNull();
    actor.stop();
    const unlinked = runSession();
    unlinked.actor.send({ type: 'session.logout' });
    expect(unlinked.actor.getSnapshot().context.fault).toBeNull();
    unlinked.actor.stop();
  });

  it('ends running when it is started again during a stop', () => {
    const { actor, now } = runReady();
    actor.send({ type: 'session.stop' });
    actor.send({ type: 'session.start' });
    actor.send({ type: 'browser.closed', browser: 1 });
    expect(now()).toBe('disconnected.queued');
    actor.stop();
  });

  it.each(CAUSES)('does what the table says after a loss: %s', (cause) => {
    const { actor, now } = runReady();
    actor.send(lost(1, cause));
    const expected = {
      scan: 'disconnected.logging_out.closing',
      person: 'failed.closing',
      retry: 'reconnecting.closing',
      hold: 'reconnecting.closing',
    }[causes[cause].follows];
    expect(now()).toBe(expected);
    expect(actor.getSnapshot().context.reason).toBe(cause);
    actor.stop();
  });

  it('takes over once from where it was opened elsewhere, and leaves it to a person when that is answered', () => {
    const { actor, clock, commands, now } = runReady();
    actor.send(lost(1, 'conflict'));
    actor.send({ type: 'browser.closed', browser: 1 });
    clock.increment(LIMITS.conflictHoldMs - 1);
    expect(now()).toBe('reconnecting.backoff');
    clock.increment(1);
    actor.send({ type: 'launch.granted' });
    actor.send({ type: 'browser.ready', browser: 2, account: ACCOUNT });
    actor.send(lost(2, 'conflict'));
    actor.send({ type: 'browser.closed', browser: 2 });
    expect(now()).toBe('failed.parked');
    expect(actor.getSnapshot().context.reason).toBe('conflict');
    expect(commands.map(({ type }) => type)).not.toContain('verdict.request');
    actor.stop();
  });

  it('may take over again once the login has held for long enough', () => {
    const { actor, clock, now } = runReady();
    actor.send(lost(1, 'conflict'));
    actor.send({ type: 'browser.closed', browser: 1 });
    actor.send({ type: 'session.reconnect' });
    actor.send({ type: 'launch.granted' });
    actor.send({ type: 'browser.ready', browser: 2, account: ACCOUNT });
    clock.increment(LIMITS.stableAfterMs);
    actor.send(lost(2, 'conflict'));
    expect(now()).toBe('reconnecting.closing');
    actor.stop();
  });

  it('renews its browser without counting it as a failure', () => {
    const { actor, clock, now } = runReady();
    actor.send({ type: 'session.renew' });
    actor.send({ type: 'browser.closed', browser: 1 });
    clock.increment(0);
    expect(now()).toBe('reconnecting.queued');
    expect(actor.getSnapshot().context).toMatchObject({ attempt: 0, reason: null });
    actor.stop();
  });

  it('does not leave the judgement to the supervisor when only a person can help', () => {
    const { actor, commands, now } = runReady();
    actor.send(lost(1, 'blocked'));
    actor.send({ type: 'browser.closed', browser: 1 });
    expect(now()).toBe('failed.parked');
    expect(commands.map(({ type }) => type)).not.toContain('verdict.request');
    actor.stop();
  });

  it('forgets its attempts only once it has been ready for long enough', () => {
    const { actor, clock } = runReady();
    actor.send(lost(1, 'network'));
    actor.send({ type: 'browser.closed', browser: 1 });
    clock.increment(actor.getSnapshot().context.retryDelayMs);
    actor.send({ type: 'launch.granted' });
    actor.send({ type: 'browser.ready', browser: 2, account: ACCOUNT });
    clock.increment(LIMITS.stableAfterMs - 1);
    expect(actor.getSnapshot().context.attempt).toBe(1);
    clock.increment(1);
    expect(actor.getSnapshot().context.attempt).toBe(0);
    actor.stop();
  });

  it('counts a missed probe only until the next answer', () => {
    const { actor, now } = runReady();
    const missed: SessionEvent = { type: 'probe.missed', browser: 1, cause: 'page_unresponsive', fault: FAULT };
    actor.send(missed);
    actor.send(missed);
    actor.send({ type: 'probe.answered', browser: 1 });
    actor.send(missed);
    actor.send(missed);
    expect(now()).toBe('ready.unstable');
    actor.send(missed);
    expect(now()).toBe('reconnecting.closing');
    expect(actor.getSnapshot().context.reason).toBe('page_unresponsive');
    actor.stop();
  });

  it('asks for a code to type that was wanted while its browser came up', () => {
    const { actor, commands } = runSession();
    actor.send({ type: 'session.start' });
    actor.send({ type: 'launch.granted' });
    actor.send({ type: 'session.pair', phoneNumber: ACCOUNT.phoneNumber });
    actor.send({ type: 'browser.qr', browser: 1, qr: QR });
    expect(commands.at(-1)).toEqual({ type: 'browser.pair', browser: 1, pairWith: ACCOUNT.phoneNumber });
    actor.stop();
  });

  it('does not prolong the time to scan by showing new codes', () => {
    const { actor, clock, commands } = runSession(inputWith());
    actor.send({ type: 'session.start' });
    actor.send({ type: 'launch.granted' });
    actor.send({ type: 'browser.qr', browser: 1, qr: QR });
    clock.increment(LIMITS.qrWindowMs / 2);
    actor.send({ type: 'browser.qr', browser: 1, qr: { ...QR, seq: 2 } });
    actor.send({ type: 'browser.pairing_code', browser: 1, pairingCode: PAIRING_CODE });
    clock.increment(LIMITS.qrWindowMs / 2);
    actor.send({ type: 'browser.closed', browser: 1 });
    expect(pathOf(actor.getSnapshot())).toBe('disconnected.qr_expired');
    expect(commands.at(-1)).toEqual({ type: 'browser.close', browser: 1, because: 'qr_expired' });
    actor.stop();
  });
});
