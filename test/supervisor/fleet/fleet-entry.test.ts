import { expect, it } from 'vitest';

import { NodeIdInUseError } from '../../../src/supervisor/fleet/fleet-entry.ts';
import { session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');

it('a node whose name is that of a living one is refused, and nothing happens to the sessions of that one', async () => {
  const { fleet } = fixture;
  const living = await fleet.node({ nodeId: 'n1' });
  await fleet.link(living, SALES);
  const { rev } = await fleet.store.get(SALES);
  await expect(fleet.node({ nodeId: 'n1' })).rejects.toThrow(NodeIdInUseError);
  expect(await fleet.store.get(SALES)).toMatchObject({ rev, state: 'ready' });
  expect(living.driver.opened).toHaveLength(1);
});

it('a node on a disk where a living one ran under another name takes nothing from it', async () => {
  const { fleet } = fixture;
  const living = await fleet.node({ nodeId: 'n1' });
  await fleet.link(living, SALES);
  const { rev } = await fleet.store.get(SALES);
  const former = [{ nodeId: 'n1', incarnation: 'the one that ran on this disk' }];
  await fleet.node({ nodeId: 'n2', former });
  expect(await fleet.store.get(SALES)).toMatchObject({ rev, state: 'ready', nodeId: 'n1' });
});

it('clocks that are wrong by a minute, either way, move no session', async () => {
  const { fleet } = fixture;
  const first = await fleet.node({ sweepMs: 300 });
  const sessions = ['a', 'b', 'c', 'd'].map(session);
  for (const each of sessions) await fleet.link(first, each);
  const second = await fleet.node({ sweepMs: 300 });
  const revs = await Promise.all(sessions.map(async (each) => (await fleet.store.get(each)).rev));
  const realNow = Date.now;
  for (const wrongMs of [60_000, -60_000]) {
    // The wall clock of whoever starts, and of all who live with it: each reads another's heartbeats.
    Date.now = () => realNow() + wrongMs;
    try {
      await fleet.node({ nodeId: `wrong by ${wrongMs}`, sweepMs: 300 });
      await fleet.swept();
    } finally {
      Date.now = realNow;
    }
    await fleet.swept();
  }
  for (const [index, each] of sessions.entries())
    expect(await fleet.store.get(each)).toMatchObject({ rev: revs[index], state: 'ready' });
  expect(first.driver.opened.length + second.driver.opened.length).toBe(sessions.length);
});
