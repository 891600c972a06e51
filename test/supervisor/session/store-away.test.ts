import { expect, it } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { isWithoutHole, session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SESSIONS = ['a', 'b', 'c'].map(session);

it('a Redis that is killed and comes back ends no browser, and what happened meanwhile is written in order', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  for (const each of SESSIONS) await fleet.link(node, each);
  const [crashed = session('a'), quiet = session('b')] = SESSIONS;
  const before = await fleet.store.get(quiet);

  const restarted = fleet.server.restart();
  node.driver.play(sessionKey(crashed), { event: 'browser_crash' });
  await restarted;

  await fleet.until(crashed, 'ready again', ({ session: now }) => now.state === 'ready' && now.rev > before.rev);
  const snapshots = await fleet.snapshots(crashed);
  expect(isWithoutHole(snapshots)).toBe(true);
  expect(snapshots.map(({ session: now }) => now.value)).toContain('reconnecting.closing');
  expect(node.driver.opened).toHaveLength(4);
  expect(await fleet.store.get(quiet)).toEqual(before);

  await fleet.ask(quiet, 'stop');
  await fleet.reaches(quiet, 'disconnected.stopped');
  expect(node.driver.liveBrowsers).toBe(2);
});

it('a node stopped while Redis is away leaves no browser and ends', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ launches: { shutdownTimeoutMs: 300 } });
  await fleet.link(node, session('a'));
  const restarted = fleet.server.restart();
  await node.stop();
  expect(node.driver.liveBrowsers).toBe(0);
  await restarted;
});
