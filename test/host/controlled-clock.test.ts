import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ControlledClock, obeyStarter } from '../../src/host/controlled-clock.ts';

const HOUR_MS = 3_600_000;

describe('The controlled clock', () => {
  it('goes on as the system clock does while nobody turns it', async () => {
    const clock = new ControlledClock();
    const before = Date.now();
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, 5));
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    expect(clock.now()).toBeLessThanOrEqual(Date.now());
  });

  it('is ahead from the beginning when it is asked to', () => {
    expect(new ControlledClock(HOUR_MS).now() - Date.now()).toBeGreaterThan(HOUR_MS - 1_000);
  });

  it('begins what falls due on the way in the order of its time, each at its time, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: HOUR_MS, max: 3 * HOUR_MS }), { maxLength: 8 }), async (waits) => {
        const clock = new ControlledClock();
        const begun: { readonly index: number; readonly lateMs: number }[] = [];
        const start = clock.now();
        // Between which moments each is due: time passes while they are set, the more the busier the machine.
        const due: { readonly wait: number; readonly earliest: number; readonly latest: number }[] = [];
        const timers = waits.map((wait, index) => {
          const earliest = clock.now() + wait;
          const timer = clock.setTimeout(() => begun.push({ index, lateMs: clock.now() - start - wait }), wait);
          due.push({ wait, earliest, latest: clock.now() + wait });
          return timer;
        });
        await clock.advance(2 * HOUR_MS);
        timers.forEach((timer) => clock.clearTimeout(timer));
        const order = begun.flatMap(({ index }) => due[index] ?? []);
        expect(order.map(({ wait }) => wait).toSorted((a, b) => a - b)).toEqual(
          waits.filter((wait) => wait <= 2 * HOUR_MS).toSorted((a, b) => a - b),
        );
        expect(order.every(({ earliest }, at) => order.slice(at + 1).every(({ latest }) => earliest <= latest))).toBe(
          true,
        );
        expect(begun.every(({ lateMs }) => lateMs >= 0 && lateMs < HOUR_MS / 2)).toBe(true);
        expect(clock.now() - start).toBeGreaterThanOrEqual(2 * HOUR_MS);
      }),
      { numRuns: 25 },
    );
  });

  it('begins what was set off on the way, too', async () => {
    const clock = new ControlledClock();
    let turns = 0;
    let timer: unknown;
    const again = (): void => {
      timer = clock.setTimeout(() => {
        turns += 1;
        again();
      }, HOUR_MS);
    };
    again();
    await clock.advance(5 * HOUR_MS);
    clock.clearTimeout(timer);
    expect(turns).toBe(5);
  });

  it('leaves out what is cleared on the way', async () => {
    const clock = new ControlledClock();
    const begun: string[] = [];
    const second = clock.setTimeout(() => begun.push('second'), 2 * HOUR_MS);
    clock.setTimeout(() => clock.clearTimeout(second), HOUR_MS);
    await clock.advance(3 * HOUR_MS);
    expect(begun).toEqual([]);
  });

  it('brings nearer what it does not reach', async () => {
    const clock = new ControlledClock();
    const reached = new Promise<void>((resolve) => void clock.setTimeout(resolve, HOUR_MS));
    await clock.advance(HOUR_MS - 10);
    await reached;
  });

  it('turns once after the other, as far as all of them together', async () => {
    const clock = new ControlledClock();
    await Promise.all([clock.advance(HOUR_MS), clock.advance(HOUR_MS)]);
    expect(clock.aheadMs).toBeGreaterThan(2 * HOUR_MS - 1_000);
  });

  it('begins a timer on behalf of whoever set it', async () => {
    const session = new AsyncLocalStorage<string>();
    const clock = new ControlledClock();
    let behind: string | undefined;
    session.run('sales', () => clock.setTimeout(() => (behind = session.getStore()), HOUR_MS));
    await session.run('another', () => clock.advance(HOUR_MS));
    expect(behind).toBe('sales');
  });
});

describe('The starter of a process', () => {
  it('turns its clock by a message, and is told how far it is ahead', async () => {
    const clock = new ControlledClock();
    const answers = new EventEmitter();
    const host = Object.assign(new EventEmitter(), { send: (answer: unknown) => answers.emit('answer', answer) });
    // Of the process only the channel is used.
    obeyStarter(clock, host as unknown as NodeJS.Process);
    const answered = once(answers, 'answer');
    host.emit('message', { clock: 'advance', order: 6, ms: -1 });
    host.emit('message', { clock: 'advance', order: 7, ms: HOUR_MS });
    expect(await answered).toEqual([{ clock: 'advanced', order: 7, aheadMs: clock.aheadMs }]);
    expect(clock.aheadMs).toBeGreaterThan(HOUR_MS - 1_000);
  });
});
