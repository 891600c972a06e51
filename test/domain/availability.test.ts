import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { availabilityOf, sumOf, type AvailabilityStep } from '../../src/domain/availability.ts';

const at = (second: number): string => new Date(second * 1_000).toISOString();
/** Steps from one value to the next, each at its second. */
const steps = (...of: readonly (readonly [second: number, value: string, reason?: string])[]): AvailabilityStep[] =>
  of.map(([second, to, reason = null], index) => ({ at: at(second), from: of[index - 1]?.[1] ?? '', to, reason }));
const WINDOW = { from: 0, to: 1_000_000 };
const NOW = { value: 'ready.online', reason: null, since: at(0) };

describe('the availability of a session', () => {
  it('is whole while it is ready, and its time begins where its history does', () => {
    const all = availabilityOf(steps([400, 'ready.online']), NOW, WINDOW);
    expect(all).toEqual({ wantedSeconds: 600, readySeconds: 600, byCause: {} });
  });

  it('counts as away what it was not ready, by cause, planned moves too', () => {
    const history = steps(
      [0, 'ready.online'],
      [100, 'reconnecting.backoff', 'browser_crashed'],
      [130, 'ready.online'],
      [200, 'disconnected.closing', 'queued'],
      [202, 'authenticating.launching'],
      [205, 'ready.online'],
    );
    expect(availabilityOf(history, NOW, WINDOW)).toEqual({
      wantedSeconds: 1_000,
      readySeconds: 965,
      byCause: { browser_crashed: 30, queued: 2, starting: 3 },
    });
  });

  it('does not count the time in which nobody wanted it, or only its phone could do something', () => {
    const history = steps(
      [0, 'disconnected.queued', 'queued'],
      [10, 'authenticating.launching'],
      [20, 'waiting_qr.showing'],
      [80, 'authenticating.syncing'],
      [90, 'ready.online'],
      [500, 'disconnected.stopped', 'stopped'],
    );
    expect(availabilityOf(history, NOW, WINDOW)).toEqual({
      wantedSeconds: 420,
      readySeconds: 410,
      byCause: { queued: 10 },
    });
  });

  it('counts only what lies within the window', () => {
    const history = steps([0, 'ready.online'], [100, 'failed.resting', 'network'], [300, 'ready.online']);
    expect(availabilityOf(history, NOW, { from: 200_000, to: 400_000 })).toEqual({
      wantedSeconds: 200,
      readySeconds: 100,
      byCause: { network: 100 },
    });
  });

  it('is known of a session without a step by how it is', () => {
    expect(availabilityOf([], { ...NOW, since: at(900) }, WINDOW).readySeconds).toBe(100);
  });

  it('never claims more than the window holds, whatever happened', () => {
    const value = fc.constantFrom('ready.online', 'waiting_qr.showing', 'failed.parked', 'reconnecting.backoff');
    const history = fc.array(fc.tuple(fc.nat(2_000), value)).map((all) => {
      const inOrder = all.toSorted((a, b) => a[0] - b[0]);
      return steps(...inOrder.map(([second, to]) => [second, to, 'network'] as const));
    });
    fc.assert(
      fc.property(history, (of) => {
        const { wantedSeconds, readySeconds, byCause } = availabilityOf(of, NOW, WINDOW);
        const away = Object.values(byCause).reduce((sum, seconds) => sum + seconds, 0);
        expect(wantedSeconds).toBeLessThanOrEqual(1_000);
        expect(readySeconds + away).toBeCloseTo(wantedSeconds);
      }),
    );
  });

  it('of many is their sum', () => {
    const one = { wantedSeconds: 10, readySeconds: 8, byCause: { network: 2 } };
    const other = { wantedSeconds: 10, readySeconds: 7, byCause: { network: 1, conflict: 2 } };
    expect(sumOf([one, other])).toEqual({
      wantedSeconds: 20,
      readySeconds: 15,
      byCause: { network: 3, conflict: 2 },
    });
  });
});
