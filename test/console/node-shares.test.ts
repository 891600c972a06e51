import { describe, expect, it } from 'vitest';

import { sharesOf, skewOf } from '../../console/fleet/node-shares.ts';
import type { FleetResource } from '../../src/api/routes/fleet-routes.ts';

type FleetNode = FleetResource['nodes'][number];

const LIMITS = { maxSessions: 100, maxSessionsPerUser: 5 };
const node = (nodeId: string, ready: number, rest: Partial<FleetNode> = {}): FleetNode => ({
  nodeId,
  role: 'all',
  version: '1.0.0',
  build: 'b1',
  startedAt: '2026-12-01T00:00:00.000Z',
  lastSeenAt: '2026-12-01T00:00:00.000Z',
  capacity: 20,
  limits: LIMITS,
  sessions: { waiting_qr: 0, authenticating: 0, ready, disconnected: 0, reconnecting: 0, failed: 0 },
  waiting: 0,
  launching: 0,
  supervisor: 'running',
  draining: false,
  breaker: 'closed',
  pressure: 'normal',
  memory: { rssBytes: 0 },
  ...rest,
});
const fleet = (wanted: number, ...nodes: FleetNode[]): FleetResource => ({
  nodes,
  queue: { waiting: 0 },
  sessions: { wanted, max: 100 },
  breakers: { open: 0 },
});
const sharesBy = (of: FleetResource) => Object.fromEntries([...sharesOf(of)].map(([name, { share }]) => [name, share]));

describe('The share of a node', () => {
  it('is by capacity, half of it under pressure, and nothing while it drains', () => {
    expect(sharesBy(fleet(30, node('a', 9), node('b', 0), node('c', 0, { draining: true })))).toEqual({
      a: 15,
      b: 15,
      c: 0,
    });
    expect(sharesBy(fleet(30, node('a', 9), node('b', 0, { pressure: 'high' })))).toEqual({ a: 20, b: 10 });
  });

  it('is no more than it can carry, and nothing where all drain', () => {
    expect(sharesBy(fleet(90, node('a', 20)))).toEqual({ a: 20 });
    expect(sharesBy(fleet(5, node('a', 5, { draining: true })))).toEqual({ a: 0 });
  });
});

it('Nodes that are set otherwise than most are named, and builds are counted', () => {
  const other = { maxSessions: 10, maxSessionsPerUser: 5 };
  const nodes = [
    node('a', 0),
    node('b', 0, { build: 'b2' }),
    node('c', 0, { limits: other }),
    node('d', 0, { limits: null }),
  ];
  expect(skewOf(nodes)).toEqual({ builds: 2, setOtherwise: new Set(['c']) });
  expect(skewOf([])).toEqual({ builds: 0, setOtherwise: new Set() });
});
