import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RESTART_DELAY_MS } from './session-events.ts';
import { SessionWalk, turns, type Effect } from './session-walk.ts';
import { LIMITS, pathOf, type SessionSnapshot } from './run-session.ts';

/** Sends random events and holds the check against the effect of each; `walk` is the session after it. */
function always(check: (effect: Effect, walk: SessionWalk) => void, walks = 150): void {
  fc.assert(
    fc.property(turns, (all) => {
      const walk = new SessionWalk();
      try {
        for (const turn of all) for (const effect of walk.take(turn)) check(effect, walk);
      } finally {
        walk.stop();
      }
    }),
    { numRuns: walks },
  );
}

const PAIRED = '4915550002222';

const topOf = (snapshot: SessionSnapshot) => pathOf(snapshot).split('.')[0];
/**
 * Whether the event is about a browser that was given up, or never was. `browser.closed` is never stale: every browser
 * is given up before it is closed.
 */
function isStale({ event, before: { context } }: Effect): boolean {
  if (event === null || !('browser' in event) || event.type === 'browser.closed') return false;
  return event.browser !== context.browser || event.browser <= context.closing;
}

describe('whatever happens to a session', () => {
  it('its machine goes on', () => {
    always((_, { snapshot, errors }) => {
      expect(errors).toEqual([]);
      expect(snapshot.status).toBe('active');
    });
  });

  it('a code is shown in waiting_qr, and nowhere else', () => {
    always(({ after }) => {
      const shown = [after.context.qr, after.context.pairingCode].filter((code) => code !== null);
      expect(shown).toHaveLength(topOf(after) === 'waiting_qr' ? 1 : 0);
    });
  });

  it('its login is durable once it was sealed, until a code is shown, it is erased, or it is found missing', () => {
    const ends = new Set(['profile.erased', 'credentials.missing', 'browser.qr', 'browser.pairing_code']);
    let durable = 0;
    always(({ event, before, after }) => {
      const [was, is] = [before.context.credentials, after.context.credentials];
      if (was !== 'durable' && is === 'durable') expect(event?.type).toBe('credentials.sealed');
      if (was === 'durable' && is !== 'durable') expect(ends).toContain(event?.type);
      if (topOf(after) === 'waiting_qr' && topOf(before) !== 'waiting_qr') expect(is).toBe('volatile');
      if (pathOf(after) === 'disconnected.logged_out') expect(is).toBe('volatile');
      durable += is === 'durable' ? 1 : 0;
    });
    expect(durable).toBeGreaterThan(0);
  });

  it('only on a browser that lives it is ready, or shows a code', () => {
    always(({ after }, { ledger }) => {
      if (after.hasTag('connected') || topOf(after) === 'waiting_qr')
        expect(ledger.isAlive(after.context.browser)).toBe(true);
    });
  });

  it('a browser opens, and a login is erased, only when every earlier one is closed or overdue', () => {
    // The walk's ledger throws when a command breaks this.
    let opened = 0;
    always((_, { ledger }) => {
      opened = Math.max(opened, ledger.numbers.length);
    }, 400);
    expect(opened).toBeGreaterThan(1);
  });

  it('the news of a browser that was given up change nothing', () => {
    let stale = 0;
    always((effect) => {
      if (!isStale(effect)) return;
      stale += 1;
      expect(effect.after.value).toEqual(effect.before.value);
      expect(effect.after.context).toEqual(effect.before.context);
      expect(effect.commands).toBe(0);
    });
    expect(stale).toBeGreaterThan(0);
  });

  it('an event that is told twice counts once, but for a missed probe and an early end of a wait', () => {
    const once = new Set([
      'browser.closed',
      'browser.lost',
      'browser.ready',
      'profile.erased',
      'launch.granted',
      'session.stop',
      'session.logout',
    ]);
    fc.assert(
      fc.property(turns, (all) => {
        const walk = new SessionWalk();
        for (const turn of all) {
          const effects = walk.take(turn);
          const [first, second] = effects;
          if (first?.event === undefined || first.event === null || second === undefined || !once.has(first.event.type))
            continue;
          expect(second.after.value).toEqual(first.after.value);
          expect(second.after.context).toEqual(first.after.context);
        }
        walk.stop();
      }),
      { numRuns: 150 },
    );
  });

  it('a stop disconnects it at once, and it comes to rest by itself in bounded time', () => {
    const longest = LIMITS.reachTimeoutMs + LIMITS.unlinkTimeoutMs + LIMITS.closeTimeoutMs + LIMITS.eraseTimeoutMs;
    fc.assert(
      fc.property(turns, (all) => {
        const walk = new SessionWalk();
        for (const turn of all) walk.take(turn);
        walk.untilHeard();
        expect(topOf(walk.send({ type: 'session.stop' }).after)).toBe('disconnected');
        const rest = walk.pass(longest);
        expect(rest.hasTag('at_rest')).toBe(true);
        expect(['disconnected', 'failed']).toContain(topOf(rest));
        if (topOf(rest) === 'failed') expect(rest.context.reason).toBe('internal_error');
        walk.stop();
      }),
      { numRuns: 150 },
    );
  });

  it('left alone, with effects that never answer, it settles or waits for its turn to launch in bounded time', () => {
    const { launchTimeoutMs, syncTimeoutMs, qrWindowMs, closeTimeoutMs, verdictTimeoutMs, reconnectMaxMs } = LIMITS;
    const failing = launchTimeoutMs + syncTimeoutMs + closeTimeoutMs + verdictTimeoutMs;
    const longest = qrWindowMs + failing + Math.max(reconnectMaxMs, RESTART_DELAY_MS);
    fc.assert(
      fc.property(turns, (all) => {
        const walk = new SessionWalk();
        for (const turn of all) walk.take(turn);
        const end = walk.pass(longest);
        if (!end.hasTag('settled')) expect(pathOf(end)).toMatch(/\.queued$/);
        walk.stop();
      }),
      { numRuns: 150 },
    );
  });

  it.each(['start', 'restart', 'reconnect', 'stop', 'logout', 'pair'] as const)(
    'an intent that comes last, however it stands then, is how it ends: %s',
    (intent) => {
      fc.assert(
        fc.property(turns, fc.nat(), (all, pick) => {
          const walk = new SessionWalk();
          for (const turn of all) walk.take(turn);
          walk.untilHeard(pick);
          const wasLinked = walk.snapshot.hasTag('connected');
          walk.send(intent === 'pair' ? { type: 'session.pair', phoneNumber: PAIRED } : { type: `session.${intent}` });
          if (intent === 'pair') walk.send({ type: 'session.start' });
          for (let step = 0; step < 40 && !walk.snapshot.hasTag('settled'); step += 1)
            walk.take({ kind: 'onward', pick, twice: false });
          const end = walk.snapshot;
          if (intent === 'logout') expect(pathOf(end)).toBe('disconnected.logged_out');
          else if (intent === 'stop') expect(end.hasTag('at_rest')).toBe(true);
          else expect(pathOf(end)).toMatch(/^(?:ready|waiting_qr)/);
          if (intent === 'pair' && !wasLinked && topOf(end) === 'waiting_qr') expect(end.context.pairWith).toBe(PAIRED);
          walk.stop();
        }),
        { numRuns: 150 },
      );
    },
  );
});
