import fc from 'fast-check';
import { expect, it } from 'vitest';

import { ALL_DISTURBANCES, type Disturbance, STORE_DISTURBANCES } from './disturbances.ts';
import { ChaosFixture } from './chaos-fixture.ts';
import { type Memory, READABLE_MEMORY, readMemory } from './memory.ts';
import { type Draw, drawBy, injectRandomFaults, type ChaosRun } from './random-faults.ts';
import { REAL_FAULTS, RealTarget } from './real-target.ts';
import { FREQUENT_PROBES, createRealFixture } from './real-fixture.ts';
import { keepRow } from './rows.ts';
import { SIMULATED_FAULTS, SimulatedTarget } from './simulated-target.ts';
import type { FaultCase, Target } from './target.ts';

const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 2);
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
const USERS = ['ana', 'ben', 'cleo', 'dan'];
const PER_USER = 5;
/**
 * What a service may grow by once it is warm, its garbage collected. A fresh one grows by a fifth over its first
 * hundreds of faults, by compiled code and filled buffers, and then no more.
 */
const HEAP_GROWTH = 1.15;
/** The whole process gives freed pages back late. */
const RESIDENT_GROWTH = 1.3;

/** Everything short, and no budget of restarts that so many faults would use up. */
const SETTINGS = {
  ...READABLE_MEMORY,
  NODE_CAPACITY: '40',
  PROBE_INTERVAL_MS: '500',
  RECONNECT_BASE_MS: '100',
  RECONNECT_MAX_MS: '1000',
  RESTART_BASE_MS: '300',
  RESTART_MAX_MS: '1000',
  RESTART_INTENSITY: '100000',
  BREAKER_RESET_MS: '2000',
};

/** The end that each session is brought to when all is over. */
const ENDINGS: readonly FaultCase[] = [
  { name: 'logout', ways: [['disconnected.logged_out']] },
  { name: 'stop', ways: [['disconnected.stopped']] },
  { name: 'restart', ways: [['disconnected', 'ready.online']] },
];

it(
  `everything at once, at random, and in the end all is well (CHAOS_SEED=${SEED}, CHAOS_MINUTES=${MINUTES})`,
  { timeout: (MINUTES + 15) * 60_000 },
  async () => {
    process.stdout.write(`CHAOS_SEED=${SEED}\n`);
    const runs = await Promise.all([simulatedRun(), realRun()]);
    const draw = drawBy(SEED);
    const counts = new Map<string, number>();
    const options = {
      draw,
      ms: (MINUTES * 60_000) / 3,
      onFault: (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    };

    const injectAll = (disturbances: readonly Disturbance[]) =>
      Promise.all(runs.map((run) => injectRandomFaults(run, { ...options, disturbances })));

    await injectAll(ALL_DISTURBANCES);
    // The process that is weighed is not ended any more, and may have been started a moment ago.
    await injectAll(STORE_DISTURBANCES);
    const warm = await memoryOf(runs);
    await injectAll(STORE_DISTURBANCES);
    const end = await memoryOf(runs);

    for (const run of runs) await expectAllReady(run);
    for (const run of runs) await endEach(run, draw);
    for (const { chaos } of runs) expect(chaos.errors()).toEqual([]);

    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const listed = [...counts].toSorted().map(([name, count]) => `${count} ${name}`);
    const grown = runs
      .map(({ name }, index) => `${name} ${describe(warm[index])} → ${describe(end[index])}`)
      .join('; ');
    process.stdout.write(`${total} faults: ${listed.join(', ')}\nmemory once warm and at the end: ${grown}\n`);
    keepRow({
      fault: `${total} faults drawn at random in ${MINUTES} min (seed ${SEED}), on ${runs.map(({ targets, name }) => `${targets.length} ${name}`).join(' and ')} sessions`,
      outcome: `every session where its cause demands, no orphan, no lost or doubled event; memory: ${grown}`,
      recoveredMs: null,
    });
    for (const [index, { heapMb, residentMb }] of end.entries()) {
      expect(heapMb).toBeLessThanOrEqual((warm[index]?.heapMb ?? 0) * HEAP_GROWTH);
      expect(residentMb).toBeLessThanOrEqual((warm[index]?.residentMb ?? 0) * RESIDENT_GROWTH);
    }
  },
);

async function simulatedRun(): Promise<ChaosRun> {
  const chaos = await ChaosFixture.prepare(SETTINGS);
  const targets = USERS.flatMap((userId) =>
    Array.from({ length: PER_USER }, (_, number) => new SimulatedTarget(chaos, userId, `s${number}`)),
  );
  await bringUp(targets);
  return { name: 'simulated', chaos, targets, faults: SIMULATED_FAULTS, pauseMs: 2_000 };
}

async function realRun(): Promise<ChaosRun> {
  const fixture = await createRealFixture({ ...SETTINGS, ...FREQUENT_PROBES });
  const targets = ['a', 'b', 'c', 'd'].map((id, index) => new RealTarget(fixture, id, String(491_600_000_000 + index)));
  await bringUp(targets);
  return { name: 'real', chaos: fixture.chaos, targets, faults: REAL_FAULTS, pauseMs: 5_000 };
}

async function bringUp(targets: readonly Target[]): Promise<void> {
  for (const target of targets) await target.create();
  await Promise.all(targets.map((target) => target.recover()));
}

/** What each service holds while all its sessions are ready. */
async function memoryOf(runs: readonly ChaosRun[]): Promise<readonly Memory[]> {
  const memories: Memory[] = [];
  for (const { chaos } of runs) memories.push(await readMemory(chaos.service));
  return memories;
}

function describe({ heapMb, residentMb }: Memory = { heapMb: Number.NaN, residentMb: Number.NaN }): string {
  return `${heapMb.toFixed(1)} MB heap, ${residentMb.toFixed(0)} MB resident`;
}

function expectAllReady({ chaos, targets }: ChaosRun): Promise<void> {
  return chaos.expectWhole(Object.fromEntries(targets.map(({ key }) => [key, 'ready.online'])));
}

/** Logs some targets out, stops some and restarts the rest; each must come to the state of its ending. */
async function endEach({ chaos, targets }: ChaosRun, draw: Draw): Promise<void> {
  const endings = draw(fc.constantFrom(...ENDINGS));
  const places = await Promise.all(
    targets.map(async (target, index) => {
      const ending = endings[index];
      if (ending === undefined) throw new Error('Too few endings were drawn.');
      await target.expectRecovery(ending);
      return [target.key, ending.ways[0]?.at(-1) ?? ''] as const;
    }),
  );
  await chaos.expectWhole(Object.fromEntries(places));
}
