import { describe, expect, it } from 'vitest';

import { instantOf, nextStepOf } from '../../console/next-step.ts';
import { session } from './sessions.ts';

const SOON = '2026-11-24T10:00:30.000Z';
const qr = { code: 'x', seq: 1, issuedAt: '2026-11-24T10:00:00.000Z', expiresAt: SOON };
const waits = { attempt: 2, maxAttempts: 5, nextAttemptAt: SOON };

describe('what happens to a session next', () => {
  it('is its place in the queue, and what holds the queue up', () => {
    expect(nextStepOf(session('disconnected', { queue: { position: 3, heldBy: 'breaker' } }))).toEqual({
      kind: 'queue',
      position: 3,
      heldBy: 'breaker',
    });
  });

  it('is a new code while it waits for a phone', () => {
    expect(nextStepOf(session('waiting_qr', { qr }))).toEqual({ kind: 'new_code', at: SOON });
  });

  it('is the next attempt, the turn for it, or the one on its way, while it reconnects', () => {
    const comeback = { by: 'attempt', attempt: 2, of: 5 };
    const goesOn = { ...waits, nextAttemptAt: null };
    const at = (value: string, reconnect: typeof waits | typeof goesOn) =>
      nextStepOf(session('reconnecting', { value, reason: 'network', reconnect }));
    expect(at('reconnecting.closing', goesOn)).toEqual({ kind: 'closing' });
    expect(at('reconnecting.backoff', waits)).toEqual({ kind: 'comeback_later', at: SOON, comeback });
    expect(at('reconnecting.queued', goesOn)).toEqual({ kind: 'turn' });
    expect(at('reconnecting.attempting.launching', goesOn)).toEqual({ kind: 'comeback', comeback });
  });

  it.each([
    ['conflict', 0, 'takeover'],
    ['conflict', 3, 'takeover'],
    ['page_crashed', 0, 'restart'],
    [null, 0, 'fresh_browser'],
  ] as const)(
    'is no attempt of a row where it holds back, restarts or is renewed: %s, %i: %s',
    (reason, attempt, by) => {
      const reconnect = { ...waits, attempt };
      expect(nextStepOf(session('reconnecting', { value: 'reconnecting.backoff', reason, reconnect }))).toEqual({
        kind: 'comeback_later',
        at: SOON,
        comeback: { by },
      });
    },
  );

  it('is a restart when the supervisor will try a failed one, and a person when it will not', () => {
    expect(nextStepOf(session('failed', { reconnect: waits }))).toEqual({
      kind: 'comeback_later',
      at: SOON,
      comeback: { by: 'restart' },
    });
    expect(nextStepOf(session('failed', { value: 'failed.judging', tags: ['busy'] }))).toEqual({ kind: 'verdict' });
    expect(nextStepOf(session('failed'))).toEqual({ kind: 'person', how: 'decide' });
  });

  it('is nothing until somebody starts one that is at rest, wanted or not, while one that is busy goes on', () => {
    for (const desired of ['running', 'stopped'] as const)
      expect(nextStepOf(session('disconnected', { desired, tags: ['settled', 'at_rest'] }))).toEqual({
        kind: 'person',
        how: 'start',
      });
    expect(nextStepOf(session('disconnected', { tags: ['busy'] }))).toEqual({ kind: 'progress' });
  });

  it('has a time only where one is known', () => {
    expect(instantOf(nextStepOf(session('failed', { reconnect: waits })))).toBe(Date.parse(SOON));
    expect(instantOf(nextStepOf(session('ready')))).toBeNull();
  });
});
