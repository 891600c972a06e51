import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ALL_DISTURBANCES, type Disturbance, DISTURBANCES, STORE_DISTURBANCES } from './disturbances.ts';
import { Ground } from './ground.ts';
import { residentMb } from './memory.ts';
import { REAL_BLOWS, RealVictim } from './real-victim.ts';
import { setRealWorld } from './real-world.ts';
import { keepRow } from './rows.ts';
import { SIMULATED_BLOWS, SimulatedVictim } from './simulated-victim.ts';
import type { Blow, Victim } from './victim.ts';

const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 4);
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
const USERS = ['ana', 'ben', 'cleo', 'dan'];
const PER_USER = 5;
/** What a service may grow by, once it has warmed up. */
const GROWTH = 1.5;
const QUIET_MS = 12_000;

/** Everything short, and no budget of restarts that so many faults would use up. */
const SETTINGS = {
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
const FATES: readonly Blow[] = [
  { name: 'logout', ways: [['disconnected.logged_out']] },
  { name: 'stop', ways: [['disconnected.stopped']] },
  { name: 'restart', ways: [['disconnected', 'ready.online']] },
];

interface Scene {
  readonly ground: Ground;
  readonly victims: readonly Victim[];
  readonly blows: readonly Blow[];
  /** Between two blows to one session; in ms. */
  readonly pauseMs: number;
}

let drawn = 0;

/** As many draws as any run could need; others each time, the same ones for the same seed. */
function draw<T>(arbitrary: fc.Arbitrary<T>): readonly T[] {
  drawn += 1;
  return fc.sample(arbitrary, { seed: SEED + drawn, numRuns: 2_000 });
}

test(`everything at once, at random, and in the end all is well (CHAOS_SEED=${SEED}, CHAOS_MINUTES=${MINUTES})`, { timeout: (MINUTES + 6) * 60_000 }, async () => {
  process.stdout.write(`CHAOS_SEED=${SEED}\n`);
  const [simulated, real] = await Promise.all([simulatedScene(), realScene()]);
  const scenes = [simulated, real];
  const counts = new Map<string, number>();
  const halfMs = (MINUTES * 60_000 - 2 * QUIET_MS) / 2;

  await Promise.all(scenes.map((scene) => rage(scene, ALL_DISTURBANCES, halfMs, counts)));
  const warm = await quietMb(scenes);
  await Promise.all(scenes.map((scene) => rage(scene, STORE_DISTURBANCES, halfMs, counts)));
  const cold = await quietMb(scenes);

  for (const scene of scenes) await expectAllReady(scene);
  for (const scene of scenes) await meetFates(scene);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const listed = [...counts].toSorted().map(([name, count]) => `${count} ${name}`);
  const grown = `simulated ${warm[0]} → ${cold[0]} MB, real ${warm[1]} → ${cold[1]} MB`;
  process.stdout.write(`${total} faults: ${listed.join(', ')}\nservice’s memory: ${grown}\n`);
  keepRow({
    fault: `${total} faults drawn at random (seed ${SEED}) in ${MINUTES} min, on ${simulated.victims.length} simulated and ${real.victims.length} real sessions`,
    outcome: `every session where its cause demands, no orphan, no lost or doubled event; the service’s memory: ${grown}`,
    recoveredMs: null,
  });
  for (const index of scenes.keys()) expect(cold[index]).toBeLessThanOrEqual((warm[index] ?? 0) * GROWTH);
});

async function simulatedScene(): Promise<Scene> {
  const ground = await Ground.prepare(SETTINGS);
  const victims = USERS.flatMap((userId) => Array.from({ length: PER_USER }, (_, number) => new SimulatedVictim(ground, userId, `s${number}`)));
  await bringUp(victims);
  return { ground, victims, blows: SIMULATED_BLOWS, pauseMs: 2_000 };
}

async function realScene(): Promise<Scene> {
  const world = await setRealWorld({ ...SETTINGS, PROBE_INTERVAL_MS: '1500' });
  const victims = ['a', 'b', 'c', 'd'].map((id, index) => new RealVictim(world, id, String(491_600_000_000 + index)));
  await bringUp(victims);
  return { ground: world.ground, victims, blows: REAL_BLOWS, pauseMs: 5_000 };
}

async function bringUp(victims: readonly Victim[]): Promise<void> {
  for (const victim of victims) await victim.create();
  await Promise.all(victims.map((victim) => victim.heal()));
}

/** Strikes sessions and the whole service until the time is over, and lets every session get well. */
async function rage({ ground, victims, blows, pauseMs }: Scene, disturbances: readonly Disturbance[], ms: number, counts: Map<string, number>): Promise<void> {
  const failed = new AbortController();
  const over = AbortSignal.any([AbortSignal.timeout(ms), failed.signal]);
  // Each session listens while it pauses.
  setMaxListeners(0, over);
  const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const pause = (time: number): Promise<void> => delay(time, undefined, { signal: over }).catch(() => undefined);
  const strike = async (victim: Victim): Promise<void> => {
    for (const { blow, wait } of draw(fc.record({ blow: fc.constantFrom(...blows), wait: fc.integer({ min: 0, max: pauseMs }) }))) {
      if (over.aborted) break;
      // The service or its store may have been struck during the pause.
      await victim.heal();
      count(blow.name);
      await victim.suffer(blow);
      await victim.heal();
      await pause(wait);
    }
  };
  const disturbAll = async (): Promise<void> => {
    for (const { name, wait } of draw(fc.record({ name: fc.constantFrom(...disturbances), wait: fc.integer({ min: 12_000, max: 25_000 }) }))) {
      await pause(wait);
      if (over.aborted) break;
      count(name);
      await ground.disturb(() => DISTURBANCES[name](ground));
    }
  };
  const striking = [...victims.map(strike), disturbAll()];
  // Nobody goes on when one has failed: what is left must be still before it is counted.
  for (const one of striking) one.catch(() => failed.abort());
  await Promise.allSettled(striking);
  await Promise.all(striking);
  // The last disturbance may have come after a session had got well.
  await Promise.all(victims.map((victim) => victim.heal()));
}

/** What each service holds once nothing has happened for a while. */
async function quietMb(scenes: readonly Scene[]): Promise<readonly number[]> {
  await delay(QUIET_MS);
  return scenes.map(({ ground }) => residentMb(ground.service.pid ?? 0));
}

function expectAllReady({ ground, victims }: Scene): Promise<void> {
  return ground.expectWhole(Object.fromEntries(victims.map(({ key }) => [key, 'ready.online'])));
}

/** Some log out, some are stopped, some go on: what becomes of each is known. */
async function meetFates({ ground, victims }: Scene): Promise<void> {
  const fates = draw(fc.constantFrom(...FATES));
  const places = await Promise.all(
    victims.map(async (victim, index) => {
      const fate = fates[index] ?? FATES[0];
      if (fate === undefined) throw new Error('There is no fate.');
      await victim.suffer(fate);
      return [victim.key, fate.ways[0]?.at(-1) ?? ''] as const;
    }),
  );
  await ground.expectWhole(Object.fromEntries(places));
}
