import { afterEach, describe, expect, it } from 'vitest';

import { EventLoopMonitor } from '../../src/observability/event-loop.ts';

let monitor: EventLoopMonitor;
afterEach(() => monitor.close());

/** Nothing else runs meanwhile. */
function hold(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('The delay of the event loop', () => {
  it('is 0 before anything was seen', () => {
    monitor = new EventLoopMonitor();
    expect(monitor.read()).toEqual({ meanMs: 0, p99Ms: 0, maxMs: 0 });
  });

  it('shows that something held the loop up, to each who looks', async () => {
    monitor = new EventLoopMonitor();
    // Holds until the monitor's own timer was late at least once.
    await expect.poll(() => (hold(150), monitor.read().maxMs), { interval: 1 }).toBeGreaterThan(100);
    expect(monitor.read().maxMs).toBeGreaterThan(100);
    expect(monitor.read().p99Ms).toBeLessThanOrEqual(monitor.read().maxMs);
  });

  it('forgets it once two windows have gone by', async () => {
    monitor = new EventLoopMonitor(200);
    await expect.poll(() => (hold(150), monitor.read().maxMs), { interval: 1 }).toBeGreaterThan(100);
    await expect.poll(() => monitor.read().maxMs, { timeout: 30_000 }).toBeLessThan(100);
  });
});
