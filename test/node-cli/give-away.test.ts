import { expect, it } from 'vitest';

import { giveAway, type GivenAway } from '../../src/node-cli/give-away.ts';
import { NodeDrains } from '../../src/store/drains.ts';
import { NodeRegistry } from '../../src/store/nodes.ts';
import { session } from '../supervisor/fleet.ts';
import type { TestNode } from '../supervisor/node.ts';
import { useFleet } from '../supervisor/use-fleet.ts';

const fixture = useFleet();
const QUICK = { sweepMs: 200, movePace: { lookMs: 50, balanceMs: 50, settledMs: 0, idleMs: 0, recordAgeMs: 1_000 } };
const LOOK_MS = 20;

async function readyOn(nodes: readonly TestNode[], count: number): Promise<void> {
  const { fleet } = fixture;
  await Promise.all(
    Array.from({ length: count }, (_, index) => session(`s${index}`)).map(async (address) => {
      await fleet.ask(address, 'create_and_start');
      await fleet.scan(nodes, address);
    }),
  );
}

/** As `npm run node -- drain` does it. `pauses`: how often it looks again before its time is up. */
function drain(nodeId: string, pauses = Infinity): Promise<GivenAway> {
  const { redis, keys } = fixture.fleet;
  let left = pauses;
  return giveAway({
    nodes: new NodeRegistry(redis, keys, () => ({ role: 'api', version: '', rssBytes: 0 })),
    drains: new NodeDrains(redis, keys),
    nodeId,
    signal: new AbortController().signal,
    pause: async () => {
      if (left-- <= 0) throw new Error('time is up');
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    },
  });
}

const carried = ({ pool }: TestNode): number => pool.getSnapshot().context.byState.ready;

it('a node is empty when its drain is done, and another carries everything', async () => {
  const { fleet } = fixture;
  const leaving = await fleet.node({ ...QUICK, nodeId: 'leaving', capacity: 10 });
  await readyOn([leaving], 4);
  const staying = await fleet.node({ ...QUICK, nodeId: 'staying', capacity: 10 });
  expect(await drain('leaving')).toEqual({ kind: 'empty', left: 0 });
  await fleet.eventually(
    () => carried(staying) === 4,
    () => `it carries ${carried(staying)}`,
  );
});

it('a node that is alone keeps its sessions, and nobody waits', async () => {
  const { fleet } = fixture;
  const alone = await fleet.node({ ...QUICK, nodeId: 'alone', capacity: 10 });
  await readyOn([alone], 2);
  await fleet.eventually(async () => (await drain('alone')).left === 2, 'its record does not show both');
  expect(await drain('alone')).toEqual({ kind: 'no_receiver', left: 2 });
  expect(carried(alone)).toBe(2);
});

it('a session that shows a code is not waited for', async () => {
  const { fleet } = fixture;
  await fleet.node({ ...QUICK, nodeId: 'leaving', capacity: 10 });
  await fleet.ask(session('code'), 'create_and_start');
  await fleet.reaches(session('code'), 'waiting_qr');
  await fleet.node({ ...QUICK, nodeId: 'staying', capacity: 10 });
  await fleet.eventually(async () => (await drain('leaving', 0)).kind === 'codes_only', 'it is waited for');
});

it('a drain that does not come to its end in time says what is left', async () => {
  const { fleet } = fixture;
  const leaving = await fleet.node({ ...QUICK, nodeId: 'leaving', capacity: 10, movePace: { lookMs: 600_000 } });
  await readyOn([leaving], 1);
  await fleet.node({ ...QUICK, nodeId: 'staying', capacity: 10 });
  await fleet.eventually(async () => (await drain('leaving', 0)).kind === 'time_up', 'it does not say so');
});

it('a name that nobody has is said to be nobody’s', async () => {
  expect(await drain('nobody')).toEqual({ kind: 'no_such_node', left: 0 });
});
