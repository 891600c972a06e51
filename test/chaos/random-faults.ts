import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import fc from 'fast-check';

import { type Disturbance, DISTURBANCES } from './disturbances.ts';
import type { ChaosFixture } from './chaos-fixture.ts';
import type { FaultCase, Target } from './target.ts';

/** Each wait has a shorter deadline of its own, whose message says more. */
const CALMS_DOWN_WITHIN_MS = 600_000;
/** More than any run could need. */
const DRAWS = 5_000;
const BETWEEN_DISTURBANCES_MS = { min: 12_000, max: 25_000 };

/** A service, its sessions, and the faults that they get. */
export interface ChaosRun {
  readonly name: string;
  readonly chaos: ChaosFixture;
  readonly targets: readonly Target[];
  readonly faults: readonly FaultCase[];
  /** The longest pause between two faults of one session (ms). */
  readonly pauseMs: number;
}

/** Draws anew each time it is asked, and the same ones in the same order for the same seed. */
export type Draw = <T>(arbitrary: fc.Arbitrary<T>) => readonly T[];

export function drawBy(seed: number): Draw {
  let drawn = 0;
  return (arbitrary) => {
    drawn += 1;
    return fc.sample(arbitrary, { seed: seed + drawn, numRuns: DRAWS });
  };
}

interface RandomFaultOptions {
  readonly disturbances: readonly Disturbance[];
  readonly ms: number;
  readonly draw: Draw;
  /** Called for each thing that goes wrong. */
  readonly onFault: (name: string) => void;
}

/**
 * Injects faults into sessions and the whole service until the time is over, and brings every session to ready then.
 * Rejects with each expectation that did not hold.
 */
export async function injectRandomFaults(
  { chaos, targets, faults, pauseMs }: ChaosRun,
  { disturbances, ms, draw, onFault }: RandomFaultOptions,
): Promise<void> {
  const over = new AbortController();
  // Each session listens while it pauses.
  setMaxListeners(0, over.signal);
  const timer = setTimeout(() => over.abort(), ms);
  const pause = (time: number): Promise<void> => delay(time, undefined, { signal: over.signal }).catch(() => undefined);
  const inject = async (target: Target): Promise<void> => {
    for (const { fault, wait } of draw(
      fc.record({ fault: fc.constantFrom(...faults), wait: fc.integer({ min: 0, max: pauseMs }) }),
    )) {
      if (over.signal.aborted) break;
      onFault(fault.name);
      await target.expectRecovery(fault);
      await pause(wait);
    }
  };
  const disturbAll = async (): Promise<void> => {
    for (const { name, wait } of draw(
      fc.record({ name: fc.constantFrom(...disturbances), wait: fc.integer(BETWEEN_DISTURBANCES_MS) }),
    )) {
      await pause(wait);
      if (over.signal.aborted) break;
      onFault(name);
      await chaos.disturb(() => DISTURBANCES[name](chaos));
    }
  };
  const striking = [...targets.map(inject), disturbAll()];
  // All stop when one has failed: sessions must be still before their browsers are counted.
  for (const one of striking) one.catch(() => over.abort());
  try {
    await allOf(striking, ms + CALMS_DOWN_WITHIN_MS, targets);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
  await allOf(
    targets.map((target) => target.recover()),
    CALMS_DOWN_WITHIN_MS,
    targets,
  );
}

/** Rejects with each failure once all have ended, or with the steps that targets are still at after `ms`. */
async function allOf(works: readonly Promise<unknown>[], ms: number, targets: readonly Target[]): Promise<void> {
  const done = new AbortController();
  const late = delay(ms, undefined, { signal: done.signal }).then(() => {
    throw new Error(`After ${ms} ms this still goes on:\n${targets.map(({ doing }) => doing).join('\n')}`);
  });
  try {
    const outcomes = await Promise.race([Promise.allSettled(works), late]);
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
    if (errors.length > 0) throw new Error(errors.join('\n'));
  } finally {
    done.abort();
  }
}
