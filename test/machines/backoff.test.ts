import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { backoffMs } from '../../machines/session.machine.ts';
import { LIMITS } from './run-session.ts';

const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const attempt = fc.integer({ min: 1, max: 2_000 });
const limits = fc
  .tuple(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 3_600_000 }))
  .map(([reconnectBaseMs, more]) =>
    Object.assign({}, LIMITS, { reconnectBaseMs, reconnectMaxMs: reconnectBaseMs + more }),
  );

describe('the wait before a reconnect', () => {
  it('lies in the upper half of what the attempt may take, and never above the maximum', () => {
    fc.assert(
      fc.property(limits, seed, attempt, (its, from, nth) => {
        const ceiling = Math.min(its.reconnectMaxMs, its.reconnectBaseMs * 2 ** (nth - 1));
        const wait = backoffMs({ limits: its, seed: from }, nth);
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(ceiling / 2));
        expect(wait).toBeLessThanOrEqual(ceiling);
      }),
    );
  });

  it('never gets shorter from attempt to attempt, until the maximum is reached', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 6 }), (from, nth) => {
        expect(LIMITS.reconnectBaseMs * 2 ** nth).toBeLessThanOrEqual(LIMITS.reconnectMaxMs);
        expect(backoffMs({ limits: LIMITS, seed: from }, nth + 1)).toBeGreaterThanOrEqual(
          backoffMs({ limits: LIMITS, seed: from }, nth),
        );
      }),
    );
  });

  it('is the same for the same seed and attempt', () => {
    fc.assert(
      fc.property(seed, attempt, (from, nth) => {
        expect(backoffMs({ limits: LIMITS, seed: from }, nth)).toBe(backoffMs({ limits: LIMITS, seed: from }, nth));
      }),
    );
  });

  it('spreads a crowd that failed together over the whole range', () => {
    const tenthOf = (wait: number) => Math.floor(((wait - 4_000) / 4_001) * 10);
    const tenths = new Set(
      Array.from({ length: 1_000 }, (_, from) => tenthOf(backoffMs({ limits: LIMITS, seed: from }, 4))),
    );
    expect([...tenths].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
