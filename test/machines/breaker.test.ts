import { describe, expect, it } from 'vitest';

import { BREAKER_LIMITS, runBreaker } from './run-breaker.ts';

const { threshold, resetMs, maxConcurrentLaunches } = BREAKER_LIMITS;
const failures = (count: number) => Array<'failed'>(count).fill('failed');

/** It has opened, and the time to try has come. */
function halfOpen() {
  const run = runBreaker();
  run.end(...failures(threshold));
  run.clock.increment(resetMs);
  return run;
}

describe('the breaker', () => {
  it('lets as many launch as may at once while all is well', () => {
    const { actor, state, width, end } = runBreaker();
    end('up', 'up');
    expect(state()).toBe('closed');
    expect(width()).toBe(maxConcurrentLaunches);
    actor.stop();
  });

  it('opens at the last of so many failures in a row, and not before', () => {
    const { actor, state, width, end } = runBreaker();
    end(...failures(threshold - 1));
    expect(state()).toBe('closed');
    end('failed');
    expect(state()).toBe('open');
    expect(width()).toBe(0);
    actor.stop();
  });

  it('begins to count again after a launch that came up', () => {
    const { actor, state, end } = runBreaker();
    end(...failures(threshold - 1), 'up', ...failures(threshold - 1));
    expect(state()).toBe('closed');
    actor.stop();
  });

  it('neither counts a launch that nobody wanted any more, nor takes it for a success', () => {
    const { actor, state, end } = runBreaker();
    end(...failures(threshold - 1), 'abandoned');
    expect(state()).toBe('closed');
    end('failed');
    expect(state()).toBe('open');
    actor.stop();
  });

  it('lets one try once it has been open for its time', () => {
    const { actor, clock, state, width, end } = runBreaker();
    end(...failures(threshold));
    clock.increment(resetMs - 1);
    expect(width()).toBe(0);
    clock.increment(1);
    expect(state()).toBe('half_open');
    expect(width()).toBe(1);
    actor.stop();
  });

  it('waits for somebody to try, however long that takes', () => {
    const { actor, clock, state } = halfOpen();
    clock.increment(100 * resetMs);
    expect(state()).toBe('half_open');
    actor.stop();
  });

  it('lets another try when the one that did was abandoned', () => {
    const { actor, state, width, end } = halfOpen();
    end('abandoned');
    expect(state()).toBe('half_open');
    expect(width()).toBe(1);
    actor.stop();
  });

  it('waits as long again each time the one that tries fails', () => {
    const { actor, clock, state, end } = halfOpen();
    for (let round = 0; round < 5; round += 1) {
      end('failed');
      clock.increment(resetMs - 1);
      expect(state()).toBe('open');
      clock.increment(1);
      expect(state()).toBe('half_open');
    }
    actor.stop();
  });

  it('resumes with one, and twice as many with each that comes up', () => {
    const { actor, width, end, moves } = halfOpen();
    const widths = [1, 2, 3].map(() => {
      end('up');
      return width();
    });
    expect(widths).toEqual([1, 2, 4]);
    expect(moves()).toEqual(['closed', 'open', 'half_open', 'resuming', 'closed']);
    actor.stop();
  });

  it('never resumes with more than may launch at once, though that is no power of two', () => {
    const { actor, clock, width, state, end } = runBreaker({ maxConcurrentLaunches: 3 });
    end(...failures(threshold));
    clock.increment(resetMs);
    end('up', 'up');
    expect(width()).toBe(2);
    end('up');
    expect(width()).toBe(3);
    expect(state()).toBe('closed');
    actor.stop();
  });

  it('opens again at the first failure while launches resume', () => {
    const { actor, state, width, end } = halfOpen();
    end('up', 'up', 'failed');
    expect(state()).toBe('open');
    expect(width()).toBe(0);
    actor.stop();
  });

  it('counts from nothing once it has closed again', () => {
    const { actor, state, end } = halfOpen();
    end('up', 'up', 'up', ...failures(threshold - 1));
    expect(state()).toBe('closed');
    end('failed');
    expect(state()).toBe('open');
    actor.stop();
  });

  it('resumes early when a launch that began before it opened comes up after all', () => {
    const { actor, clock, state, width, end } = runBreaker();
    end(...failures(threshold), 'up');
    expect(state()).toBe('resuming');
    expect(width()).toBe(1);
    // The time after which one would have tried means nothing any more.
    clock.increment(resetMs);
    expect(state()).toBe('resuming');
    actor.stop();
  });

  it('waits no longer because launches that began before it opened fail late', () => {
    const { actor, clock, state, end, news } = runBreaker();
    end(...failures(threshold));
    const told = news.length;
    clock.increment(resetMs - 1);
    end('failed', 'failed');
    expect(news).toHaveLength(told);
    clock.increment(1);
    expect(state()).toBe('half_open');
    actor.stop();
  });

  it('resumes by the one that tries, though a late failure has opened it again meanwhile', () => {
    const { actor, state, end } = halfOpen();
    end('failed');
    expect(state()).toBe('open');
    end('up');
    expect(state()).toBe('resuming');
    actor.stop();
  });
});
