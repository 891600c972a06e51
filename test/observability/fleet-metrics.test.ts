import { afterEach, describe, expect, it } from 'vitest';

import { EventLoopMonitor } from '../../src/observability/event-loop.ts';
import { createMetrics, type Metrics } from '../../src/observability/metrics.ts';
import { createPool } from '../../src/observability/pool.ts';
import { byLabel, readExposition, valueOf, type Sample } from './exposition.ts';

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

function open(): Metrics {
  const eventLoop = new EventLoopMonitor();
  const outboxes = async () => ({ depth: 0, oldestMs: 0 });
  const metrics = createMetrics({ waiting: async () => 0, outboxes, eventLoop, version: '1.2.3', now: () => 0 });
  opened.push(metrics, eventLoop);
  return metrics;
}

const read = async (metrics: Metrics): Promise<Sample[]> => readExposition((await metrics.render()).body);

describe('The fleet', () => {
  const NODE = {
    nodeId: 'n-1',
    at: 0,
    incarnation: null,
    role: 'all',
    version: '1.2.3',
    build: 'b1',
    rssBytes: 1,
    fleet: null,
    startedAt: 0,
    capacity: 4,
    sweeps: 0,
    pool: createPool().getSnapshot().context,
  } as const;
  const NO_LEVEL = { availability: null, wantedSeconds: 0, readySeconds: 0, byCause: {}, sessions: [] };
  const limited = (maxSessions: number) => ({
    schema: 1,
    reader: 1,
    vault: null,
    sealsWith: null,
    keys: {},
    limits: { maxSessions, maxSessionsPerUser: 5, userLimitPolicy: 'reject' as const },
  });

  it('is shown as its nodes are: who drains, how many builds, who is set otherwise', async () => {
    const metrics = open();
    metrics.showFleet({
      level: async (windowMs) => ({ ...NO_LEVEL, availability: 0.5, byCause: { queued: windowMs / 2_000 } }),
      fleet: {
        read: async () => ({
          nodes: [
            { ...NODE, fleet: limited(100) },
            { ...NODE, nodeId: 'n-2', build: 'b2', fleet: limited(100) },
            { ...NODE, nodeId: 'n-3', fleet: limited(10) },
          ],
          draining: new Set(['n-2', 'gone']),
          waiting: 0,
          wanted: 7,
          maxSessions: 100,
        }),
      },
    });
    const samples = await read(metrics);
    expect(byLabel(samples, 'wa_fleet_nodes', 'state')).toEqual({ serving: 2, draining: 1 });
    expect(valueOf(samples, 'wa_fleet_builds')).toBe(2);
    expect(valueOf(samples, 'wa_fleet_nodes_set_otherwise')).toBe(1);
    expect(valueOf(samples, 'wa_fleet_sessions_wanted')).toBe(7);
    expect(byLabel(samples, 'wa_slo_availability', 'window')).toEqual({ '1h': 0.5 });
    expect(byLabel(samples, 'wa_slo_away_seconds', 'cause')).toEqual({ queued: 1_800 });
  });

  it('is not shown while Redis is away, and no availability where no session was wanted', async () => {
    const metrics = open();
    metrics.showFleet({
      fleet: { read: () => Promise.reject(new Error('away')) },
      level: async () => NO_LEVEL,
    });
    const names = (await read(metrics)).map(({ name }) => name);
    expect(names).not.toContain('wa_fleet_nodes');
    expect(names).not.toContain('wa_slo_availability');
    expect(names).toContain('wa_slo_wanted_seconds');
  });
});
