import { expect, it } from 'vitest';

import type { MovePace } from '../../../src/supervisor/fleet/placement.ts';
import { session, type Fleet } from '../fleet.ts';
import type { TestNode } from '../node.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();

/** As fast as a test can wait for it. */
const PACE: Partial<MovePace> = { lookMs: 50, balanceMs: 50, settledMs: 0, idleMs: 0, recordAgeMs: 1_000 };
const QUICK = { capacity: 40, sweepMs: 200, movePace: PACE };

const idsOf = (count: number, prefix = 's') =>
  Array.from({ length: count }, (_, index) => session(`${prefix}${index}`));

async function ready(fleet: Fleet, nodes: readonly TestNode[], count: number): Promise<void> {
  await Promise.all(
    idsOf(count).map(async (address) => {
      await fleet.ask(address, 'create_and_start');
      await fleet.scan(nodes, address);
    }),
  );
}

const carried = ({ pool }: TestNode): number => pool.getSnapshot().context.byState.ready;

it('sessions that are asked for together are shared out among the nodes', async () => {
  const { fleet } = fixture;
  const nodes = await Promise.all(['a', 'b', 'c'].map((nodeId) => fleet.node({ ...QUICK, nodeId })));
  await fleet.eventually(async () => (await fleet.redis.hlen(fleet.keys.nodes)) === 3, 'a node does not beat');
  await ready(fleet, nodes, 30);
  const counts = nodes.map(carried);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30);
  expect(Math.max(...counts)).toBeLessThanOrEqual(12);
});

it('a node that comes later is given its part, one session after another, and each moves once', async () => {
  const { fleet } = fixture;
  const first = await fleet.node(QUICK);
  await ready(fleet, [first], 12);
  const second = await fleet.node(QUICK);
  await fleet.eventually(
    () => carried(second) >= 5 && carried(first) + carried(second) === 12,
    () => `The nodes carry ${carried(first)} and ${carried(second)}`,
  );
  // What is within a tenth of the share stays where it is.
  await fleet.swept();
  expect([carried(first), carried(second)]).toEqual([7, 5]);
  for (const address of idsOf(12)) {
    const moves = (await fleet.snapshots(address)).filter(({ event }) => event === 'node.rebalance');
    expect(moves.length).toBeLessThanOrEqual(1);
  }
});

it('a session that has just become ready, or had a message, stays where it is', async () => {
  const { fleet } = fixture;
  const settled = { ...QUICK, movePace: { ...PACE, settledMs: 30_000 } };
  const first = await fleet.node(settled);
  await ready(fleet, [first], 6);
  const second = await fleet.node(settled);
  await fleet.swept();
  expect([carried(first), carried(second)]).toEqual([6, 0]);
  await fleet.clock.advance(30_000);
  await fleet.eventually(() => carried(second) > 0, 'nothing moves');
});

it('a node that is drained gives everything away but what shows a code, and takes no more, until it is undrained', async () => {
  const { fleet } = fixture;
  const first = await fleet.node({ ...QUICK, nodeId: 'first' });
  await ready(fleet, [first], 6);
  await fleet.ask(session('waits'), 'create_and_start');
  await fleet.reaches(session('waits'), 'waiting_qr');
  const second = await fleet.node({ ...QUICK, nodeId: 'second', movePace: { ...PACE, settledMs: 600_000 } });
  await fleet.redis.sadd(fleet.keys.drains, 'first');
  await fleet.eventually(
    () => carried(second) === 6,
    () => `The nodes carry ${carried(first)} and ${carried(second)}`,
  );
  expect((await fleet.reaches(session('waits'), 'waiting_qr')).intent.owner).toBe('first');
  await fleet.ask(session('new'), 'create_and_start');
  expect((await fleet.reaches(session('new'), 'waiting_qr')).intent.owner).toBe('second');
  await fleet.redis.srem(fleet.keys.drains, 'first');
  await second.stop();
  await fleet.eventually(() => carried(first) === 6, 'the node takes nothing again');
});

it('a node that is drained keeps what nobody has room for', async () => {
  const { fleet } = fixture;
  const first = await fleet.node({ ...QUICK, nodeId: 'first' });
  await ready(fleet, [first], 4);
  await fleet.node({ ...QUICK, nodeId: 'second', capacity: 1 });
  await fleet.redis.sadd(fleet.keys.drains, 'first');
  await fleet.eventually(() => carried(first) === 3, 'nothing moves');
  await fleet.swept();
  expect(carried(first)).toBe(3);
});
