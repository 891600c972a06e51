import { describe, expect, it } from 'vitest';

import { causes, type SessionEvent } from '../../machines/session.machine.ts';
import { ACCOUNT, CAUSES, FAULT, lost, PAIRING_CODE, QR } from './session-events.ts';
import { inputWith, LIMITS, pathOf, runReady, runScanned, runSession } from './run-session.ts';

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
