import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';

import type { Clock } from '../../src/domain/clock.ts';
import { every } from '../../src/domain/every.ts';
import { withResolvers } from '../../src/domain/with-resolvers.ts';

const EVERY_MS = 1_000;

function simulatedTime() {
  const time = new SimulatedClock();
  const clock: Clock = {
    now: () => time.now(),
    setTimeout: (callback, ms) => time.setTimeout(callback, ms),
    // Only what `setTimeout` above has returned comes back here.
    clearTimeout: (timer) => time.clearTimeout(timer as number),
  };
  /** Lets time pass, and then what it has set off. */
  const pass = async (ms: number): Promise<void> => {
    time.increment(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, pass };
}

describe('Work that recurs', () => {
  it('is done once in each interval, first after one', async () => {
    const { clock, pass } = simulatedTime();
    const at: number[] = [];
    every(clock, EVERY_MS, async () => void at.push(clock.now()));
    for (let second = 0; second < 3; second += 1) await pass(EVERY_MS);
    expect(at).toEqual([1_000, 2_000, 3_000]);
  });

  it('begins as early as it is told to', async () => {
    const { clock, pass } = simulatedTime();
    const at: number[] = [];
    every(clock, EVERY_MS, () => void at.push(clock.now()), { firstMs: 10 });
    await pass(10);
    await pass(EVERY_MS);
    expect(at).toEqual([10, 1_010]);
  });

  it('waits as long as it says after each call', async () => {
    const { clock, pass } = simulatedTime();
    const at: number[] = [];
    let waitMs = 100;
    const work = async () => {
      at.push(clock.now());
      waitMs *= 2;
    };
    every(clock, () => waitMs, work);
    for (let step = 0; step < 7; step += 1) await pass(100);
    expect(at).toEqual([100, 300, 700]);
  });

  it('never overlaps: the wait begins when the call before has ended', async () => {
    const { clock, pass } = simulatedTime();
    const first = withResolvers();
    let calls = 0;
    every(clock, EVERY_MS, async () => {
      calls += 1;
      if (calls === 1) await first.promise;
    });
    await pass(EVERY_MS);
    await pass(10 * EVERY_MS);
    expect(calls).toBe(1);
    first.resolve();
    await pass(0);
    await pass(EVERY_MS);
    expect(calls).toBe(2);
  });

  it('goes on after a call that failed, whether at once or later, and says so', async () => {
    const { clock, pass } = simulatedTime();
    const errors: unknown[] = [];
    let calls = 0;
    const fail = (): Promise<void> => {
      calls += 1;
      if (calls === 1) throw new Error('at once');
      return Promise.reject(new Error('later'));
    };
    every(clock, EVERY_MS, fail, { onError: (error) => errors.push(error) });
    for (let second = 0; second < 3; second += 1) await pass(EVERY_MS);
    expect(errors).toEqual([new Error('at once'), new Error('later'), new Error('later')]);
  });

  it('that is stopped aborts the call under way, and has stopped once that has ended', async () => {
    const { clock, pass } = simulatedTime();
    const ended = withResolvers();
    const seen: string[] = [];
    const recurring = every(clock, EVERY_MS, async (signal) => {
      signal.addEventListener('abort', () => seen.push('aborted'));
      await ended.promise;
      seen.push('ended');
    });
    await pass(EVERY_MS);
    const stopped = recurring.stop().then(() => seen.push('stopped'));
    await pass(10 * EVERY_MS);
    expect(seen).toEqual(['aborted']);
    ended.resolve();
    await stopped;
    await pass(10 * EVERY_MS);
    expect(seen).toEqual(['aborted', 'ended', 'stopped']);
  });

  it('may stop itself', async () => {
    const { clock, pass } = simulatedTime();
    let calls = 0;
    const recurring = every(clock, EVERY_MS, () => {
      calls += 1;
      void recurring.stop();
    });
    for (let second = 0; second < 3; second += 1) await pass(EVERY_MS);
    expect(calls).toBe(1);
  });
});
