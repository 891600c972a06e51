import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { BreakerLimits } from '../../machines/breaker.machine.ts';
import { runBreaker } from './run-breaker.ts';

type BreakerRun = ReturnType<typeof runBreaker>;
type Turn = 'begin' | 'up' | 'failed' | 'abandoned' | 'wait';

const limits: fc.Arbitrary<BreakerLimits> = fc.record({
  threshold: fc.integer({ min: 1, max: 5 }),
  resetMs: fc.constant(60_000),
  maxConcurrentLaunches: fc.integer({ min: 1, max: 9 }),
});
// Failures are told more often than the rest, or it would seldom open.
const turn = fc.constantFrom<Turn>('begin', 'begin', 'begin', 'up', 'failed', 'failed', 'failed', 'abandoned', 'wait');
const turns = fc.array(turn, { maxLength: 80, size: 'max' });

/** A node that begins launches only as the breaker allows, and reports the end only of a launch that began. */
class Node {
  readonly run: BreakerRun;
  /** Launches under way, and how many of them began while the breaker was half open. */
  launching = 0;
  canaries = 0;

  constructor(of: BreakerLimits) {
    this.run = runBreaker(of);
  }

  take(next: Turn): void {
    const { clock, state, width, end } = this.run;
    if (next === 'wait') clock.increment(60_000);
    else if (next === 'begin') {
      if (this.launching >= (width() ?? 0)) return;
      this.launching += 1;
      if (state() === 'half_open') this.canaries += 1;
    } else if (this.launching > 0) {
      this.launching -= 1;
      if (next === 'abandoned' && this.canaries > 0) this.canaries -= 1;
      end(next);
    }
    if (state() !== 'half_open') this.canaries = 0;
  }
}

function always(check: (node: Node, of: BreakerLimits, last: Turn) => void): void {
  fc.assert(
    fc.property(limits, turns, (of, all) => {
      const node = new Node(of);
      for (const next of all) {
        node.take(next);
        check(node, of, next);
      }
      expect(node.run.errors).toEqual([]);
      node.run.actor.stop();
    }),
    { numRuns: 500 },
  );
}

describe('whatever becomes of launches', () => {
  it('none is allowed while it is open, and else at least one and never too many', () => {
    const seen = new Set<unknown>();
    always(({ run: { state, width, actor } }, { maxConcurrentLaunches }) => {
      seen.add(state());
      const told = width();
      expect(told).toBe(actor.getSnapshot().context.width);
      if (state() === 'open') expect(told).toBe(0);
      else if (state() === 'half_open') expect(told).toBe(1);
      else if (state() === 'closed') expect(told).toBe(maxConcurrentLaunches);
      else {
        expect(told).toBeGreaterThanOrEqual(1);
        expect(told).toBeLessThanOrEqual(maxConcurrentLaunches);
      }
    });
    expect(seen).toEqual(new Set(['closed', 'open', 'half_open', 'resuming']));
  });

  it('one at most tries while it is half open', () => {
    let most = 0;
    always(({ canaries }) => {
      most = Math.max(most, canaries);
      expect(canaries).toBeLessThanOrEqual(1);
    });
    expect(most).toBe(1);
  });

  it('each state it comes to is told, and it is in the one told last', () => {
    always(({ run: { state, moves } }) => {
      expect(moves().at(-1)).toBe(state());
      moves().forEach((move, index) => expect(move).not.toBe(moves()[index + 1]));
    });
  });

  it('a closed one opens at exactly the failure that is one too many in a row', () => {
    fc.assert(
      fc.property(
        limits,
        fc.array(fc.constantFrom('up', 'failed', 'abandoned'), { maxLength: 60, size: 'max' }),
        (of, outcomes) => {
          const { actor, state, end } = runBreaker(of);
          let inARow = 0;
          for (const outcome of outcomes) {
            end(outcome);
            if (outcome === 'up') inARow = 0;
            if (outcome === 'failed') inARow += 1;
            expect(state()).toBe(inARow >= of.threshold ? 'open' : 'closed');
            if (inARow >= of.threshold) break;
          }
          actor.stop();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a launch that was abandoned changes nothing', () => {
    fc.assert(
      fc.property(limits, turns, (of, all) => {
        const node = new Node(of);
        all.forEach((next) => node.take(next));
        const { actor, news, end } = node.run;
        const before = JSON.stringify([actor.getSnapshot().value, actor.getSnapshot().context, news]);
        end('abandoned');
        expect(JSON.stringify([actor.getSnapshot().value, actor.getSnapshot().context, news])).toBe(before);
        actor.stop();
      }),
    );
  });

  it('the way back to closed is never lost: it closes once enough launches come up, one by one', () => {
    fc.assert(
      fc.property(limits, turns, (of, all) => {
        const node = new Node(of);
        all.forEach((next) => node.take(next));
        const { actor, clock, state, end } = node.run;
        clock.increment(of.resetMs);
        // One that tries, and one for each doubling.
        const enough = 1 + Math.max(1, Math.ceil(Math.log2(of.maxConcurrentLaunches)));
        for (let count = 0; count < enough; count += 1) end('up');
        expect(state()).toBe('closed');
        actor.stop();
      }),
      { numRuns: 500 },
    );
  });
});
