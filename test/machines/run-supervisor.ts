import { createActor, SimulatedClock, type AnyTransitionDefinition } from 'xstate';

import { supervisorMachine, type SupervisorLimits, type SupervisorVerdict } from '../../machines/supervisor.machine.ts';

export const NODE_LIMITS: SupervisorLimits = {
  maxConcurrentLaunches: 2,
  restoreTimeoutMs: 10_000,
  shutdownTimeoutMs: 20_000,
  restartBaseMs: 1_000,
  restartMaxMs: 5_000,
  restartIntensity: 4,
  restartPeriodMs: 60_000,
};

/** A real node's actor on a clock that only moves by hand, and its verdicts. Stop `actor` when done. */
export function runSupervisor({
  restoring = [],
  limits = {},
}: { restoring?: readonly string[]; limits?: Partial<SupervisorLimits> } = {}) {
  const verdicts: SupervisorVerdict[] = [];
  const taken = new Set<AnyTransitionDefinition>();
  const clock = new SimulatedClock();
  const errors: unknown[] = [];
  const actor = createActor(supervisorMachine, {
    input: { limits: { ...NODE_LIMITS, ...limits }, restoring },
    clock,
    inspect: (inspection) => {
      if (inspection.type === '@xstate.microstep')
        for (const transition of inspection._transitions) taken.add(transition);
    },
  });
  actor.on('*', (verdict) => verdicts.push(verdict));
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  /** Keys of the launches granted so far, in order. */
  const granted = () => verdicts.flatMap((verdict) => (verdict.type === 'launch.granted' ? [verdict.key] : []));
  const claim = (...keys: readonly string[]) => keys.forEach((key) => actor.send({ type: 'session.claimed', key }));
  /** The user of `ana/sales` is `ana`; of `sales`, `sales`. */
  const request = (...keys: readonly string[]) =>
    keys.forEach((key) => actor.send({ type: 'launch.requested', key, user: key.split('/')[0] ?? key }));
  return { actor, clock, verdicts, taken, errors, granted, claim, request };
}
