import { breakerMachine, type BreakerLimits } from '../../machines/breaker.machine.ts';
import { supervisorMachine, type SupervisorInput } from '../../machines/supervisor.machine.ts';
import type { Imaginable } from './imaginable.ts';

const LAUNCHES: BreakerLimits = { threshold: 5, resetMs: 60_000, maxConcurrentLaunches: 8 };

export const imaginableBreaker: Imaginable = {
  machine: breakerMachine,
  input: { limits: LAUNCHES },
  knobs: [
    { name: 'failures', most: 10, path: ['failures'] },
    { name: 'threshold', most: 10, path: ['limits', 'threshold'] },
    { name: 'width', most: 16, path: ['width'] },
    { name: 'maxConcurrentLaunches', most: 16, path: ['limits', 'maxConcurrentLaunches'] },
  ],
  fieldsOf: () => [],
  build: (type) => ({ type }),
};

const SESSIONS = ['ana/one', 'ana/two', 'ben/one'];

/** A node that brings two sessions back. */
export const imaginableSupervisor: Imaginable = {
  machine: supervisorMachine,
  input: {
    limits: {
      maxConcurrentLaunches: 2,
      restoreTimeoutMs: 10_000,
      shutdownTimeoutMs: 20_000,
      restartBaseMs: 30_000,
      restartMaxMs: 300_000,
      restartIntensity: 5,
      restartPeriodMs: 3_600_000,
    },
    restoring: ['ana/one', 'ben/one'],
  } satisfies SupervisorInput,
  knobs: [
    { name: 'atMost', most: 8, path: ['atMost'] },
    { name: 'restartIntensity', most: 10, path: ['limits', 'restartIntensity'] },
  ],
  fieldsOf: (event) => {
    if (/^(?:session|launch)\./.test(event)) return [{ name: 'session', choices: SESSIONS }];
    if (event === 'launches.limited') return [{ name: 'atMost', choices: ['0', '1', '8'] }];
    return [];
  },
  build: (type, chosen) => {
    const key = chosen['session'] ?? SESSIONS[0] ?? '';
    return { type, key, user: key.split('/', 1)[0], at: 0, atMost: Number(chosen['atMost'] ?? 0) };
  },
};
