import { expect, it, onTestFinished } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { LostSessions } from '../../../src/store/lost-sessions.ts';
import { NODE_TIMEOUT_MS, NodeRegistry } from '../../../src/store/nodes.ts';
import { watchNodes, type LostNodes } from '../../../src/supervisor/fleet/lost-nodes.ts';
import { Line } from '../../queue/queue-under-test.ts';
import { isWithoutHole, session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const HELP = session('help');
/** Locks that hold for longer than any test takes: nobody takes anything over. */
const PATIENT = { lockMs: 600_000, sweepMs: 600_000 };

/** What a process looks at that runs no sessions. */
function watch(): LostNodes {
  const { redis, keys } = fixture.fleet;
  const nodes = new NodeRegistry(redis, keys, () => ({ role: 'api', version: '0.0.0', rssBytes: 1 }));
  const lostNodes = watchNodes({ nodes, lostSessions: new LostSessions(redis, keys) }, { warn: () => undefined });
  onTestFinished(() => lostNodes.stop());
  return lostNodes;
}

it('a node that falls silent is told of within five seconds: its sessions are reconnecting, and not connected', async () => {
  const { fleet } = fixture;
  const line = await Line.open(fleet.server.address);
  onTestFinished(() => line.close());
  const silent = await fleet.node({ ...PATIENT, address: line.address, nodeId: 'silent' });
  const other = await fleet.node(PATIENT);
  await fleet.link(silent, SALES);
  line.cut();
  await fleet.reaches(SALES, 'reconnecting');
  const told = (await fleet.snapshots(SALES)).at(-1);
  expect(told).toMatchObject({
    event: 'node.lost',
    session: { value: 'reconnecting.queued', reason: 'node_lost', tags: ['busy'], nodeId: 'silent', durable: true },
  });
  expect(silent.driver.liveBrowsers).toBe(1);
  expect(other.driver.opened).toEqual([]);
});

it('a node that is heard of again says how its sessions are, in the same browsers', async () => {
  const { fleet } = fixture;
  const line = await Line.open(fleet.server.address);
  onTestFinished(() => line.close());
  const silent = await fleet.node({ ...PATIENT, address: line.address, nodeId: 'silent' });
  await fleet.link(silent, SALES);
  const before = await fleet.store.get(SALES);
  watch();
  line.cut();
  await fleet.reaches(SALES, 'reconnecting');
  line.mend();
  await fleet.reaches(SALES, 'ready.online');
  const snapshots = await fleet.snapshots(SALES);
  const told = snapshots.map(({ event }) => event).filter((event) => event.startsWith('node.'));
  expect(told).toEqual(['node.lost', 'node.returned']);
  expect(await fleet.store.get(SALES)).toMatchObject({ epoch: before.epoch, reason: null, durable: true });
  expect(isWithoutHole(snapshots)).toBe(true);
  expect(silent.driver.opened).toEqual([sessionKey(SALES)]);
});

it('while Redis itself is away nobody is silent: no node is called lost when it is back', async () => {
  const { fleet } = fixture;
  const nodes = [await fleet.node({ ...PATIENT, nodeId: 'a' }), await fleet.node({ ...PATIENT, nodeId: 'b' })];
  // Whichever of them takes which.
  for (const address of [SALES, HELP]) {
    await fleet.ask(address, 'create_and_start');
    await fleet.scan(nodes, address);
  }
  process.kill(fleet.server.pid, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  process.kill(fleet.server.pid, 'SIGCONT');
  const seen = new Set<number>();
  const { redis, keys } = fleet;
  // Each of them has beaten, and looked at who beats, since then.
  await fleet.eventually(async () => seen.add(Number(await redis.zscore(keys.heard, 'a'))).size >= 5, 'a is silent');
  for (const address of [SALES, HELP])
    expect((await fleet.snapshots(address)).map(({ event }) => event)).not.toContain('node.lost');
});

it('sessions that wait while no node lives are told so, each once, and told again when one is there', async () => {
  const { fleet } = fixture;
  const lostNodes = watch();
  await fleet.ask(SALES, 'create_and_start');
  await fleet.ask(HELP, 'create_and_start');
  const first = await fleet.until(SALES, 'held', ({ session: now }) => now.queue?.heldBy === 'no_node');
  const second = await fleet.until(HELP, 'held', ({ session: now }) => now.queue?.heldBy === 'no_node');
  expect([first, second].map(({ session: now }) => [now.value, now.queue?.position])).toEqual([
    ['disconnected.queued', 1],
    ['disconnected.queued', 2],
  ]);
  expect(lostNodes.isDeserted).toBe(true);
  await fleet.node();
  await fleet.reaches(SALES, 'waiting_qr');
  await fleet.eventually(() => lostNodes.isDeserted === false, 'the node is not seen');
  expect((await fleet.snapshots(SALES)).filter(({ session: now }) => now.queue?.heldBy === 'no_node')).toHaveLength(1);
});

it('the sessions of the only node are told as lost by a process that runs none, though it starts long after', async () => {
  const { fleet } = fixture;
  const line = await Line.open(fleet.server.address);
  onTestFinished(() => line.close());
  const only = await fleet.node({ ...PATIENT, address: line.address, nodeId: 'only' });
  await fleet.link(only, SALES);
  line.cut();
  await fleet.redis.zincrby(fleet.keys.heard, -NODE_TIMEOUT_MS, 'only');
  watch();
  await fleet.until(SALES, 'lost', ({ session: now }) => now.reason === 'node_lost');
  await fleet.until(SALES, 'held', ({ session: now }) => now.queue?.heldBy === 'no_node');
});
