import { describe, expect, it } from 'vitest';

import type { SessionEvent } from '../../machines/session.machine.ts';
import { ACCOUNT, lost, QR } from './session-events.ts';
import { LIMITS, runReady, runScanned, runSession } from './run-session.ts';

describe('a logout', () => {
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
});
