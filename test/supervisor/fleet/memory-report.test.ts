import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';

import type { Clock } from '../../../src/domain/clock.ts';
import { MemoryReport } from '../../../src/supervisor/fleet/memory-report.ts';

const EVERY_MS = 15_000;

function setUp() {
  const time = new SimulatedClock();
  const clock: Clock = {
    now: () => time.now(),
    setTimeout: (callback, ms) => time.setTimeout(callback, ms),
    // Only what `setTimeout` above has returned comes back here.
    clearTimeout: (timer) => time.clearTimeout(timer as number),
  };
  const browsers = new Map<string, number>();
  const told: (readonly [at: number, bytes: Readonly<Record<string, number>>])[] = [];
  const errors: unknown[] = [];
  const conditions = { isAway: false, measuring: Promise.resolve() };
  const report = new MemoryReport({
    clock,
    everyMs: EVERY_MS,
    measure: async () => {
      await conditions.measuring;
      return new Map(browsers);
    },
    write: async (at, sizes) => {
      if (conditions.isAway) throw new Error('Redis is away');
      told.push([at, Object.fromEntries(sizes)]);
    },
    onError: (error) => errors.push(error),
  });
  const pass = async () => {
    time.increment(EVERY_MS);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { report, browsers, told, errors, pass, conditions };
}

describe('The report of what browsers hold in memory', () => {
  it('tells nothing where there is no browser', async () => {
    const { report, told, pass } = setUp();
    await pass();
    await pass();
    await report.stop();
    expect(told).toEqual([]);
  });

  it('tells every 15 s of those that are there, and once that they are gone', async () => {
    const { browsers, told, pass } = setUp();
    browsers.set('ana/sales', 300);
    await pass();
    browsers.set('ana/sales', 310);
    await pass();
    browsers.clear();
    await pass();
    await pass();
    expect(told).toEqual([
      [15_000, { 'ana/sales': 300 }],
      [30_000, { 'ana/sales': 310 }],
      [45_000, {}],
    ]);
  });

  it('goes on when it could not be told, and says so', async () => {
    const { browsers, told, errors, pass, conditions } = setUp();
    browsers.set('ana/sales', 300);
    conditions.isAway = true;
    await pass();
    conditions.isAway = false;
    await pass();
    expect(errors).toEqual([new Error('Redis is away')]);
    expect(told).toEqual([[30_000, { 'ana/sales': 300 }]]);
  });

  it('is taken back when it stops, and nothing of a look under way is told any more', async () => {
    const { report, browsers, told, pass, conditions } = setUp();
    browsers.set('ana/sales', 300);
    await pass();
    let resolve = (): void => undefined;
    conditions.measuring = new Promise((measured) => (resolve = measured));
    await pass();
    const stopped = report.stop();
    resolve();
    await stopped;
    await pass();
    expect(told.map(([, bytes]) => bytes)).toEqual([{ 'ana/sales': 300 }, {}]);
  });
});
