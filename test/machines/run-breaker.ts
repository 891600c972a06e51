import { createActor, SimulatedClock, type AnyTransitionDefinition } from 'xstate';

import {
  breakerMachine,
  type BreakerEvent,
  type BreakerLimits,
  type BreakerNews,
} from '../../machines/breaker.machine.ts';

export const BREAKER_LIMITS: BreakerLimits = { threshold: 3, resetMs: 60_000, maxConcurrentLaunches: 4 };

type Outcome = 'up' | 'failed' | 'abandoned';

/**
 * A real breaker's actor on a clock that only moves by hand, and what it has said since it began. Stop `actor` when
 * done.
 */
export function runBreaker(limits: Partial<BreakerLimits> = {}) {
  const news: BreakerNews[] = [];
  const taken = new Set<AnyTransitionDefinition>();
  const clock = new SimulatedClock();
  const errors: unknown[] = [];
  const actor = createActor(breakerMachine, {
    input: { limits: { ...BREAKER_LIMITS, ...limits } },
    clock,
    inspect: (inspection) => {
      if (inspection.type === '@xstate.microstep')
        for (const transition of inspection._transitions) taken.add(transition);
    },
  });
  actor.on('*', (one) => news.push(one));
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  /** Launches end so, one after the other. */
  const end = (...outcomes: readonly Outcome[]) =>
    outcomes.forEach((outcome) => actor.send({ type: `launch.${outcome}` } satisfies BreakerEvent));
  const state = () => actor.getSnapshot().value;
  /** Launches allowed at once, as last told. */
  const width = () => news.flatMap((one) => (one.type === 'launches.limited' ? [one.atMost] : [])).at(-1);
  /** The states it has told of, in order. */
  const moves = () => news.flatMap((one) => (one.type === 'breaker.moved' ? [one.state] : []));
  return { actor, clock, news, taken, errors, end, state, width, moves };
}
