import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { replayHistory } from '../../src/test-kit/index.ts';
import { transitionSchema, type Transition } from '../../src/domain/session.ts';

/** As a service on simulated phones wrote them, with three attempts to reconnect. */
const recorded = z
  .record(z.string(), z.array(transitionSchema))
  .parse(JSON.parse(readFileSync(new URL('recorded-histories.json', import.meta.url), 'utf8')));
const maxAttempts = 3;

const changed = (transitions: readonly Transition[], index: number, change: Partial<Transition>): Transition[] =>
  transitions.map((step, at) => (at === index ? { ...step, ...change } : step));

describe.each(Object.entries(recorded))('a session that was %s', (_, transitions) => {
  it('is what the machine does', () => {
    expect(replayHistory({ transitions, maxAttempts })).toEqual({ kind: 'same', steps: transitions.length });
  });

  it.each([1, 4, 7])('is so without its first %i steps: an old history has lost its beginning', (lost) => {
    const rest = transitions.slice(lost);
    expect(replayHistory({ transitions: rest, maxAttempts })).toEqual({ kind: 'same', steps: rest.length });
  });

  it('is so in whichever order it is told: the interface has the newest first', () => {
    expect(replayHistory({ transitions: transitions.toReversed(), maxAttempts }).kind).toBe('same');
  });
});

describe('a history that the machine does not follow', () => {
  const transitions = recorded['scanned and logged out'] ?? [];

  it('is told by the first step at which they part, and where the machine goes instead', () => {
    const index = transitions.findIndex(({ event }) => event === 'browser.qr');
    const replay = replayHistory({ transitions: changed(transitions, index, { to: 'ready.online' }), maxAttempts });
    expect(replay).toMatchObject({
      kind: 'diverged',
      index,
      step: { to: 'ready.online' },
      instead: ['waiting_qr.scan (null)'],
    });
  });

  it('parts where an event means nothing', () => {
    const replay = replayHistory({ transitions: changed(transitions, 1, { event: 'profile.erased' }), maxAttempts });
    expect(replay).toMatchObject({ kind: 'diverged', index: 1 });
  });

  it('parts where the reason is another', () => {
    const index = transitions.length - 1;
    const replay = replayHistory({ transitions: changed(transitions, index, { reason: 'evicted' }), maxAttempts });
    expect(replay).toMatchObject({ kind: 'diverged', index, instead: ['disconnected.logged_out (logged_out)'] });
  });

  it('parts where more attempts were made than there are', () => {
    const lost = recorded['lost, failed, restarted'] ?? [];
    expect(replayHistory({ transitions: lost, maxAttempts: 1 }).kind).toBe('diverged');
  });
});
