import { expect, it, onTestFinished, vi } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { withResolvers } from '../../../src/domain/with-resolvers.ts';
import { poolSize } from '../../../src/observability/pool.ts';
import { isWithoutHole, session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';
import { Line } from '../../queue/queue-under-test.ts';
import type { TestNode } from '../node.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);

/** A node whose line to Redis can be cut. */
async function nodeOnALine(lockMs: number): Promise<{ node: TestNode; line: Line }> {
  const line = await Line.open(fixture.fleet.server.address);
  onTestFinished(() => line.close());
  const node = await fixture.fleet.node({ address: line.address, nodeId: 'lost', lockMs });
  return { node, line };
}

it('a drained node’s session goes on at another one at once, without waiting for a lock to run out', async () => {
  const { fleet } = fixture;
  const patient = { lockMs: 600_000, sweepMs: 600_000 };
  const first = await fleet.node(patient);
  await fleet.link(first, SALES);
  const second = await fleet.node(patient);
  await first.stop();
  await fleet.until(
    SALES,
    'ready at the second node',
    ({ session: now }) => now.state === 'ready' && now.nodeId === second.nodeId,
  );
  expect(first.driver.liveBrowsers + second.driver.liveBrowsers).toBe(1);
  expect((await fleet.snapshots(SALES)).filter(({ session: now }) => now.state === 'waiting_qr')).toHaveLength(1);
});

it('a node that cannot be reached loses its session to another, and ends its browser when it hears of that, without writing a word', async () => {
  const { fleet } = fixture;
  const { node: lost, line } = await nodeOnALine(2_000);
  await fleet.link(lost, SALES);
  const second = await fleet.node({ lockMs: 2_000 });
  line.cut();
  await fleet.eventually(
    async () =>
      (await fleet.snapshots(SALES)).some(({ session: now }) => now.state === 'ready' && now.nodeId === second.nodeId),
    'the second node does not take over',
  );
  const taken = await fleet.store.get(SALES);
  lost.driver.play(KEY, { event: 'page_crash' });
  lost.driver.play(KEY, { event: 'message', from: '5215550002222', text: 'late' });
  line.mend();
  await fleet.eventually(() => poolSize(lost.pool.getSnapshot().context) === 0, 'the former owner keeps the session');
  expect(lost.driver.liveBrowsers).toBe(0);
  const snapshots = await fleet.snapshots(SALES);
  expect(
    snapshots
      .filter(({ session: now }) => now.epoch >= taken.epoch)
      .every(({ session: now }) => now.nodeId === second.nodeId),
  ).toBe(true);
  expect(snapshots.findLastIndex(({ session: now }) => now.nodeId === 'lost')).toBeLessThan(
    snapshots.findIndex(({ session: now }) => now.epoch === taken.epoch),
  );
  expect(isWithoutHole(snapshots)).toBe(true);
  expect(second.driver.liveBrowsers).toBe(1);
});

it('a node that was away for longer than its lease, and whom nobody followed, has given its browser up by then, and does what was asked meanwhile', async () => {
  const { fleet } = fixture;
  const { node: lost, line } = await nodeOnALine(1_500);
  await fleet.link(lost, SALES);
  line.cut();
  await fleet.eventually(
    async () => (await fleet.redis.exists(`${fleet.keys.prefix}:bull:sessions:${KEY}:lock`)) === 0,
    'the lock holds',
  );
  expect(lost.driver.liveBrowsers).toBe(0);
  line.mend();
  await fleet.ask(SALES, 'stop');
  await fleet.reaches(SALES, 'disconnected.stopped');
  expect(lost.driver.opened).toEqual([KEY]);
});

it('sessions spread over nodes, and none runs twice', async () => {
  const { fleet } = fixture;
  const nodes = [await fleet.node({ capacity: 2, sweepMs: 50 }), await fleet.node({ capacity: 2, sweepMs: 50 })];
  const sessions = ['a', 'b', 'c', 'd'].map(session);
  await Promise.all(sessions.map((each) => fleet.ask(each, 'create_and_start')));
  await Promise.all(sessions.map((each) => fleet.reaches(each, 'waiting_qr')));
  expect(nodes.map(({ driver }) => driver.liveBrowsers)).toEqual([2, 2]);
  expect(nodes.flatMap(({ driver }) => driver.opened).toSorted()).toEqual(sessions.map(sessionKey));
});

it('a start right behind a logout or a deletion makes one browser in the whole fleet', async () => {
  const { fleet } = fixture;
  const nodes = [await fleet.node({ sweepMs: 20 }), await fleet.node({ sweepMs: 20 })];
  await fleet.ask(SALES, 'create');
  const alive = () => nodes.reduce((sum, { driver }) => sum + driver.liveBrowsers, 0);
  for (let round = 0; round < 10; round += 1) {
    await fleet.ask(SALES, 'logout');
    await fleet.ask(SALES, 'start');
    await fleet.until(
      SALES,
      `waiting for a scan in round ${round}`,
      ({ session: now, intent }) => now.state === 'waiting_qr' && intent.handledSeq === intent.intentSeq,
    );
    const before = await fleet.store.get(SALES);
    await fleet.swept();
    expect(alive()).toBe(1);
    expect((await fleet.store.get(SALES)).epoch).toBe(before.epoch);
    await fleet.ask(SALES, 'stop');
    await fleet.reaches(SALES, 'disconnected.stopped');
  }
  expect(nodes.flatMap(({ errors }) => errors)).toEqual([]);
});

it('a session that was started while its login was being erased launches only with a place in the fleet’s queue', async () => {
  const { fleet } = fixture;
  const first = await fleet.node({ sweepMs: 600_000 });
  await fleet.link(first, SALES);
  await fleet.ask(SALES, 'stop');
  await fleet.reaches(SALES, 'disconnected.stopped');
  first.driver.gates.shut(KEY, 'erase');
  await fleet.ask(SALES, 'logout');
  await fleet.reaches(SALES, 'disconnected.logging_out');
  await fleet.ask(SALES, 'start');
  await fleet.heard(first);
  first.driver.gates.open(KEY, 'erase');
  await fleet.reaches(SALES, 'waiting_qr');
  expect(await fleet.redis.exists(`${fleet.keys.prefix}:bull:sessions:${KEY}:lock`)).toBe(1);
  const { epoch } = await fleet.store.get(SALES);
  const second = await fleet.node({ sweepMs: 20 });
  await fleet.ask(session('other'), 'create_and_start');
  await fleet.reaches(session('other'), 'waiting_qr');
  expect(second.driver.opened).not.toContain(KEY);
  expect((await fleet.store.get(SALES)).epoch).toBe(epoch);
});

it('a session whose job comes just when its login has been given up keeps that job for as long as it runs', async () => {
  const { fleet } = fixture;
  const { promise: mayGoOn, resolve: goOn } = withResolvers();
  const adopted = vi.fn<() => Promise<void>>(() => mayGoOn);
  const first = await fleet.node({ sweepMs: 600_000, onAdopted: adopted });
  await fleet.link(first, SALES);
  await fleet.ask(SALES, 'stop');
  await fleet.reaches(SALES, 'disconnected.stopped');
  // A new job cannot be added before the old one is gone.
  await fleet.eventually(
    async () => (await fleet.redis.exists(`${fleet.keys.prefix}:bull:sessions:${KEY}`)) === 0,
    'the job of the stopped session does not end',
  );
  first.driver.gates.shut(KEY, 'erase');
  await fleet.ask(SALES, 'logout');
  const { epoch: ofLogout } = await fleet.reaches(SALES, 'disconnected.logging_out').then(({ session: now }) => now);
  await fleet.ask(SALES, 'start');
  await first.queue.enqueue(KEY);
  // While the login is being erased.
  await fleet.eventually(() => adopted.mock.calls.length > 0, 'the session is not adopted');
  first.driver.gates.open(KEY, 'erase');
  await fleet.until(SALES, 'taken anew', ({ session: now }) => now.epoch > ofLogout);
  goOn();
  await fleet.reaches(SALES, 'waiting_qr');
  // Only without its job would another node be given it.
  expect(await fleet.redis.exists(`${fleet.keys.prefix}:bull:sessions:${KEY}:lock`)).toBe(1);
});

it('a session that was to be stopped when its node died is stopped by the next start, without waiting for a lock to run out', async () => {
  const { fleet } = fixture;
  const { node: lost, line } = await nodeOnALine(600_000);
  await fleet.link(lost, SALES);
  line.cut();
  await fleet.ask(SALES, 'stop');
  await fleet.node({ deadNodes: ['lost'], lockMs: 600_000, sweepMs: 600_000 });
  await fleet.reaches(SALES, 'disconnected.stopped');
  await fleet.until(SALES, 'let go', ({ intent }) => intent.owner === null);
  line.mend();
});
