import type { AnyTransitionDefinition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';

import { supervisorMachine, type SupervisorEvent } from '../../machines/supervisor.machine.ts';
import { NODE_LIMITS, runSupervisor } from './run-supervisor.ts';
import { untaken } from './transitions.ts';

describe('the paths of a node', () => {
  const EVENTS: readonly SupervisorEvent[] = [
    { type: 'session.claimed', key: 'a' },
    { type: 'session.released', key: 'a' },
    { type: 'launch.requested', key: 'a', user: 'u' },
    { type: 'launch.withdrawn', key: 'a' },
    { type: 'launch.settled', key: 'a' },
    { type: 'launches.limited', atMost: 0 },
    { type: 'session.failed', key: 'a', at: 1 },
    { type: 'session.failed', key: 'a', at: 1, outageAfter: 1 },
    { type: 'node.drain' },
  ];
  const DELAYS = new Map([
    ['xstate.after.restoreTimeout.supervisor.restoring', NODE_LIMITS.restoreTimeoutMs],
    ['xstate.after.shutdownTimeout.supervisor.draining', NODE_LIMITS.shutdownTimeoutMs],
  ]);

  /** Goes the path with a real actor. */
  function walk(way: readonly { readonly type: string }[]): ReadonlySet<AnyTransitionDefinition> {
    const { actor, clock, taken, errors } = runSupervisor({ restoring: ['a'], limits: { restartIntensity: 1 } });
    for (const step of way) {
      if (actor.getSnapshot().status !== 'active') break;
      const event = EVENTS.find((one) => JSON.stringify(one) === JSON.stringify(step));
      if (event === undefined) clock.increment(DELAYS.get(step.type) ?? 0);
      else actor.send(event);
    }
    expect(errors).toEqual([]);
    actor.stop();
    return taken;
  }

  it('take each transition there is', () => {
    const input = { limits: { ...NODE_LIMITS, restartIntensity: 1 }, restoring: ['a'] };
    const deadlines = [...DELAYS.keys()].map((type) => ({ type }));
    const paths = getShortestPaths(supervisorMachine, {
      input,
      // The deadlines are events of the machine too, though its own union of events does not list them.
      events: [...EVENTS, ...deadlines] as readonly SupervisorEvent[],
      serializeState: ({ value, context }) =>
        JSON.stringify([value, context.sessions, context.waiting, context.launching, context.restarts, context.atMost]),
      filterEvents: ({ status }) => status === 'active',
      limit: 10_000,
    });
    const taken = new Set<AnyTransitionDefinition>();
    for (const { steps } of paths) {
      const way: readonly { type: string }[] = steps.slice(1).map(({ event }) => event);
      for (const last of [...EVENTS, ...deadlines])
        for (const transition of walk(way.concat(last))) taken.add(transition);
    }
    expect(untaken(supervisorMachine, taken)).toEqual([]);
  });
});
