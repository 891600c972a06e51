import { describe, expect, expectTypeOf, it } from 'vitest';

import { causes, sessionMachine, type SessionCommand } from '../../machines/session.machine.ts';
import { REASONS, SESSION_STATES, SESSION_TAGS, type Reason } from '../../src/domain/session.ts';
import { RESTING_STATES } from '../../src/store/resting-states.ts';
import { runSession, pathOf } from './run-session.ts';
import { statesBelow, transitionsOf } from './transitions.ts';

// The domain takes its types from the machine. Lists that exist at run time, too, are held against the machine here.

describe('the words of the machine and of the domain', () => {
  it('name each reason once', () => {
    expectTypeOf<(typeof REASONS)[number]>().toEqualTypeOf<Reason>();
    expect(new Set(REASONS).size).toBe(REASONS.length);
  });

  it('name the same states and tags', () => {
    expect(Object.keys(sessionMachine.root.states).toSorted()).toEqual([...SESSION_STATES].toSorted());
    const tags = new Set(statesBelow(sessionMachine.root).flatMap((state) => state.tags));
    expect([...tags].toSorted()).toEqual([...SESSION_TAGS].toSorted());
  });

  it.each(Object.entries(RESTING_STATES))('rest alike: %s', (_, { value, tags }) => {
    const state = statesBelow(sessionMachine.root).find(({ path }) => path.join('.') === value);
    expect(state?.type).toBe('atomic');
    expect(state?.tags.toSorted()).toEqual([...tags].toSorted());
  });
});

describe('what the store writes for a session that nobody runs', () => {
  const reached = (...events: readonly ('session.start' | 'session.stop' | 'session.logout')[]) => {
    const { actor, commands } = runSession();
    for (const type of events) actor.send({ type });
    if (commands.some(({ type }: SessionCommand) => type === 'profile.erase')) actor.send({ type: 'profile.erased' });
    actor.stop();
    const snapshot = actor.getSnapshot();
    return { value: pathOf(snapshot), reason: snapshot.context.reason, tags: new Set(snapshot.tags) };
  };

  it.each([
    ['never_started', []],
    ['queued', ['session.start']],
    ['stopped', ['session.stop']],
    ['logged_out', ['session.logout']],
  ] as const)('is what the machine would say: %s', (name, events) => {
    const { value, reason, tags } = RESTING_STATES[name];
    expect(reached(...events)).toEqual({ value, reason, tags: new Set<string>(tags) });
  });
});

describe('the table of causes', () => {
  it.each(Object.entries(causes))('says what follows, and why: %s', (_, { follows, why }) => {
    expect(['retry', 'hold', 'scan', 'person']).toContain(follows);
    expect(why).toMatch(/^[A-Z].{20,}\.$/);
  });

  it('is what decides: a loss leads nowhere else', () => {
    const branches = transitionsOf(sessionMachine).filter(
      ({ eventType, source }) => eventType === 'browser.lost' && source === sessionMachine.root,
    );
    expect(branches.map(({ guard }) => guard)).toEqual([
      'isStaleBrowser',
      'needsScan',
      'needsPerson',
      'mayTakeOver',
      'wasTakenAgain',
      'hasAttemptsLeft',
      'isOutage',
      undefined,
    ]);
  });
});
