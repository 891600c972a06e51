import { expect, it } from 'vitest';

import { sessionKey, type SessionAddress } from '../../../src/domain/session.ts';
import { session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const SESSIONS = NAMES.map(session);
const isReady = ({ session: now }: { session: { state: string } }) => now.state === 'ready';

async function valuesSince(address: SessionAddress, rev: number): Promise<string[]> {
  const values = (await fixture.fleet.snapshots(address))
    .filter(({ session: now }) => now.rev > rev)
    .map(({ session: now }) => now.value);
  return values.filter((value, index) => value !== values[index - 1]);
}

it('no more browsers come up at once than allowed, however many sessions start', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ launches: { maxConcurrentLaunches: 2 } });
  await Promise.all(SESSIONS.map((each) => fleet.ask(each, 'create_and_start')));
  await Promise.all(SESSIONS.map((each) => fleet.reaches(each, 'waiting_qr')));
  expect(node.driver.mostLaunching).toBe(2);
  expect(node.driver.opened.toSorted()).toEqual(SESSIONS.map(sessionKey));
});

it('more sessions than a node holds wait in the queue, and go on when one stops', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ capacity: 1 });
  const [first = session('a'), second = session('b')] = SESSIONS;
  await fleet.ask(first, 'create_and_start');
  await fleet.reaches(first, 'waiting_qr');
  await fleet.ask(second, 'create_and_start');
  await fleet.eventually(async () => (await fleet.waiting()) === 1, 'the second is not in the queue');
  expect((await fleet.reaches(second, 'disconnected.queued')).session.reason).toBe('queued');
  await fleet.ask(first, 'stop');
  await fleet.reaches(second, 'waiting_qr');
  expect(node.driver.mostAlive).toBe(1);
});

it('a session stopped while it waits in the queue is stopped at once and takes no place', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ capacity: 1 });
  const [first = session('a'), second = session('b')] = SESSIONS;
  await fleet.ask(first, 'create_and_start');
  await fleet.reaches(first, 'waiting_qr');
  await fleet.ask(second, 'create_and_start');
  await fleet.eventually(async () => (await fleet.waiting()) === 1, 'the second is not in the queue');
  await fleet.ask(second, 'stop');
  await fleet.settled(second);
  await fleet.eventually(async () => (await fleet.waiting()) === 0, 'the second is still in the queue');
  expect(node.driver.opened).toEqual([sessionKey(first)]);
});

it('a drain gives every browser back and leaves what is wanted as it was', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  for (const each of SESSIONS.slice(0, 3)) await fleet.link(node, each);
  await node.stop();
  expect(node.driver.liveBrowsers).toBe(0);
  for (const each of SESSIONS.slice(0, 3)) {
    const stored = await fleet.store.find(each);
    expect(stored?.session).toMatchObject({
      value: 'disconnected.queued',
      desired: 'running',
      phoneNumber: '5215550001111',
    });
    expect(stored?.intent.owner).toBeNull();
  }
});

it('after a restart every session comes back without a QR code, the last active first, one launch at a time', async () => {
  const { fleet } = fixture;
  const former = await fleet.node();
  for (const each of SESSIONS) await fleet.link(former, each);
  await former.stop();
  const revs = await Promise.all(SESSIONS.map(async (each) => (await fleet.store.get(each)).rev));
  const node = await fleet.node({ launches: { maxConcurrentLaunches: 1 } });
  await Promise.all(SESSIONS.map((each) => fleet.until(each, 'ready', isReady)));
  expect(node.driver.opened).toEqual(SESSIONS.map(sessionKey).toReversed());
  expect(node.driver.mostLaunching).toBe(1);
  for (const [index, each] of SESSIONS.entries()) {
    const values = await valuesSince(each, revs[index] ?? 0);
    expect(values.filter((value) => value !== 'disconnected.queued')).toEqual([
      'authenticating.launching',
      'authenticating.syncing',
      'ready.online',
    ]);
  }
});

it('after a restart those that ran go on first, then those that waited in their order, then those asked for in between, the oldest first', async () => {
  const { fleet } = fixture;
  const former = await fleet.node({ capacity: 2 });
  const [ran = session('a'), ranLater = session('b'), waits = session('c'), waitsToo = session('d')] = SESSIONS;
  const bo = { userId: 'bo', id: 'waits' };
  for (const each of [ran, ranLater]) await fleet.link(former, each);
  for (const [index, each] of [waits, waitsToo, bo].entries()) {
    await fleet.ask(each, 'create_and_start');
    await fleet.eventually(async () => (await fleet.waiting()) === index + 1, 'it is not in the queue');
  }
  await former.stop();
  const late = [session('e'), session('f')];
  for (const each of late) await fleet.ask(each, 'create_and_start');
  const order = [ranLater, ran, waits, bo, waitsToo, ...late];
  const node = await fleet.node({ launches: { maxConcurrentLaunches: 1 } });
  await fleet.eventually(
    () => node.driver.opened.length === order.length,
    () => `only ${node.driver.opened.join(', ')} came`,
  );
  expect(node.driver.opened).toEqual(order.map(sessionKey));
});

it('after a restart what had settled stays as it was', async () => {
  const { fleet } = fixture;
  const former = await fleet.node({
    session: { qrWindowMs: 1_000, reconnectMaxAttempts: 0 },
    launches: { restartIntensity: 0 },
  });
  const [stopped = session('a'), expired = session('b'), parked = session('c'), running = session('d')] = SESSIONS;
  await fleet.link(former, stopped);
  await fleet.ask(stopped, 'stop');
  await fleet.reaches(stopped, 'disconnected.stopped');
  await fleet.ask(expired, 'create_and_start');
  await fleet.reaches(expired, 'disconnected.qr_expired');
  await fleet.link(former, parked);
  former.driver.play(sessionKey(parked), { event: 'browser_crash' });
  await fleet.reaches(parked, 'failed.parked');
  await fleet.link(former, running);
  await former.stop();
  const before = await Promise.all([stopped, expired, parked].map((each) => fleet.store.get(each)));

  const node = await fleet.node({ sweepMs: 50 });
  await fleet.until(running, 'ready', isReady);
  await fleet.link(node, session('e'));
  expect(await Promise.all([stopped, expired, parked].map((each) => fleet.store.get(each)))).toEqual(before);
  expect(node.driver.opened).toEqual([sessionKey(running), sessionKey(session('e'))]);
});

it('a deletion that its node did not live to end is ended by the next one', async () => {
  const { fleet } = fixture;
  const former = await fleet.node();
  const [first = session('a')] = SESSIONS;
  await fleet.link(former, first);
  await former.stop();
  await fleet.ask(first, 'delete');
  await fleet.node({ sweepMs: 50 });
  expect(await fleet.settled(first)).toBeNull();
});

it('a node that is stopped while its sessions are launching leaves no browser', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ simulation: { launchDelayMs: 60_000 } });
  await Promise.all(SESSIONS.map((each) => fleet.ask(each, 'create_and_start')));
  await fleet.eventually(() => node.driver.liveBrowsers === 4, 'not all are launching');
  await node.stop();
  expect(node.driver.liveBrowsers).toBe(0);
  for (const each of SESSIONS) expect((await fleet.store.get(each)).desired).toBe('running');
});

it('a record that this build cannot read keeps no node from starting, and no other session from going on', async () => {
  const { fleet } = fixture;
  const former = await fleet.node();
  for (const id of ['a', 'b']) await fleet.link(former, session(id));
  await former.stop();
  await fleet.redis.hset(fleet.keys.session('ana/a'), { engine: 'steam', reason: 'of the future' });
  await fleet.redis.hset(fleet.keys.session('ana/b'), 'reason', 'of the future');
  const before = await fleet.redis.hgetall(fleet.keys.session('ana/a'));
  const node = await fleet.node();
  await fleet.reaches(session('b'), 'ready');
  expect(node.driver.opened).toEqual(['ana/b']);
  expect(await fleet.redis.hgetall(fleet.keys.session('ana/a'))).toMatchObject({ epoch: before['epoch'] });
});
