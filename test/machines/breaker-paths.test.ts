import type { AnyTransitionDefinition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';

import { breakerMachine, type BreakerEvent } from '../../machines/breaker.machine.ts';
import { BREAKER_LIMITS, runBreaker } from './run-breaker.ts';
import { untaken } from './transitions.ts';

describe('the paths of a breaker', () => {
  const EVENTS: readonly BreakerEvent[] = [
    { type: 'launch.up' },
    { type: 'launch.failed' },
    { type: 'launch.abandoned' },
  ];
  const RESET = { type: 'xstate.after.reset.breaker.open' };

  /** Goes the path with a real actor. */
  function walk(way: readonly { readonly type: string }[]): ReadonlySet<AnyTransitionDefinition> {
    const { actor, clock, taken, errors } = runBreaker();
    for (const step of way) {
      const event = EVENTS.find(({ type }) => type === step.type);
      if (event === undefined) clock.increment(BREAKER_LIMITS.resetMs);
      else actor.send(event);
    }
    expect(errors).toEqual([]);
    actor.stop();
    return taken;
  }

  it('take each transition there is', () => {
    const paths = getShortestPaths(breakerMachine, {
      input: { limits: BREAKER_LIMITS },
      // The time to try is an event of the machine too, though its own union of events does not list it.
      events: [...EVENTS, RESET] as readonly BreakerEvent[],
      serializeState: ({ value, context }) => JSON.stringify([value, context.failures, context.width]),
      limit: 1_000,
    });
    const taken = new Set<AnyTransitionDefinition>();
    for (const { steps } of paths) {
      const way: readonly { type: string }[] = steps.slice(1).map(({ event }) => event);
      for (const last of [...EVENTS, RESET]) for (const transition of walk(way.concat(last))) taken.add(transition);
    }
    expect(untaken(breakerMachine, taken)).toEqual([]);
  });
});
