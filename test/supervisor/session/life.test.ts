import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { poolSize } from '../../../src/observability/pool.ts';
import { isWithoutHole, session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';
import { profileDirOf } from '../node.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);

it('a session goes from its creation by a QR code to ready, each step streamed in order with the next rev', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  const { session: ready } = await fleet.link(node, SALES);
  expect(ready).toMatchObject({
    phoneNumber: '5215550001111',
    displayName: 'Ana',
    qr: null,
    nodeId: node.nodeId,
    desired: 'running',
  });
  expect(await fleet.values(SALES)).toEqual([
    'disconnected.queued',
    'authenticating.launching',
    'waiting_qr.scan',
    'authenticating.syncing',
    'ready.online',
  ]);
  const snapshots = await fleet.snapshots(SALES);
  expect(isWithoutHole(snapshots)).toBe(true);
  expect(
    snapshots.every((snapshot) => (snapshot.session.qr !== null) === (snapshot.session.state === 'waiting_qr')),
  ).toBe(true);
  const history = await fleet.store.history(SALES, 50);
  expect(history.items.map(({ to }) => to).toReversed()).toEqual(await fleet.values(SALES));
  expect(node.pool.getSnapshot().context.byState).toMatchObject({ ready: 1 });
});

it('the same session created many times at once has one browser', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  const answers = await Promise.all(Array.from({ length: 10 }, () => fleet.ask(SALES, 'create_and_start')));
  await fleet.reaches(SALES, 'waiting_qr');
  expect(answers.filter(({ created }) => created)).toHaveLength(1);
  expect(node.driver.opened).toEqual([KEY]);
});

it('start asked again of a running session changes nothing', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  const { session: before } = await fleet.link(node, SALES);
  expect((await fleet.ask(SALES, 'start')).changed).toBe(false);
  expect((await fleet.settled(SALES))?.session.rev).toBe(before.rev);
  expect(node.driver.opened).toHaveLength(1);
});

it('a stop gives the browser back and keeps the login, however often it is asked for', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  await Promise.all([fleet.ask(SALES, 'stop'), fleet.ask(SALES, 'stop')]);
  const { session: stopped } = await fleet.reaches(SALES, 'disconnected.stopped');
  expect(stopped).toMatchObject({ reason: 'stopped', desired: 'stopped', phoneNumber: '5215550001111' });
  expect(node.driver.liveBrowsers).toBe(0);
  await fleet.ask(SALES, 'stop');
  expect((await fleet.settled(SALES))?.session.rev).toBe(stopped.rev);
  await fleet.eventually(() => poolSize(node.pool.getSnapshot().context) === 0, 'it is not let go');
});

it.each(['restart', 'reconnect'] as const)(
  'a %s gives a fresh browser on the same login, without a QR',
  async (action) => {
    const { fleet } = fixture;
    const node = await fleet.node();
    const { session: before } = await fleet.link(node, SALES);
    await fleet.ask(SALES, action);
    const after = await fleet.until(
      SALES,
      'ready anew',
      ({ session: now, intent }) =>
        now.state === 'ready' && intent.handledSeq === intent.intentSeq && now.since > before.since,
    );
    expect(node.driver.opened).toHaveLength(2);
    expect(node.driver.mostAlive).toBe(1);
    const since = (await fleet.snapshots(SALES)).filter(({ session: now }) => now.rev > before.rev);
    expect(since.some(({ session: now }) => now.state === 'waiting_qr')).toBe(false);
    expect(after.session.phoneNumber).toBe('5215550001111');
  },
);

it('a start after a logout shows a fresh QR code', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  await fleet.ask(SALES, 'logout');
  const { session: gone } = await fleet.reaches(SALES, 'disconnected.logged_out');
  expect(gone).toMatchObject({ reason: 'logged_out', phoneNumber: null });
  expect(existsSync(profileDirOf(fleet.profileRoot, KEY))).toBe(false);
  await fleet.ask(SALES, 'start');
  await fleet.reaches(SALES, 'waiting_qr');
});

it('a start asked while the logout is still under way shows a fresh QR code', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  await fleet.ask(SALES, 'logout');
  await fleet.ask(SALES, 'start');
  const { session: fresh } = await fleet.reaches(SALES, 'waiting_qr');
  expect(fresh).toMatchObject({ desired: 'running', phoneNumber: null });
  expect(await fleet.values(SALES)).toContain('disconnected.logged_out');
});

it('a logout on the phone leaves the session logged out until somebody starts it', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'logout' });
  await fleet.reaches(SALES, 'disconnected.logged_out');
  expect(node.driver.liveBrowsers).toBe(0);
  await fleet.ask(SALES, 'start');
  await fleet.reaches(SALES, 'waiting_qr');
});

it.each(['never started', 'waiting for a scan', 'ready', 'stopped', 'logged out'])(
  'a deletion of one that is %s leaves no key and no profile',
  async (state) => {
    const { fleet } = fixture;
    const node = await fleet.node();
    if (state === 'never started') await fleet.ask(SALES, 'create');
    else if (state === 'waiting for a scan') {
      await fleet.ask(SALES, 'create_and_start');
      await fleet.reaches(SALES, 'waiting_qr');
    } else await fleet.link(node, SALES);
    if (state === 'stopped') {
      await fleet.ask(SALES, 'stop');
      await fleet.reaches(SALES, 'disconnected.stopped');
    }
    if (state === 'logged out') {
      await fleet.ask(SALES, 'logout');
      await fleet.reaches(SALES, 'disconnected.logged_out');
    }
    await fleet.ask(SALES, 'delete');
    expect(await fleet.settled(SALES)).toBeNull();
    expect((await fleet.told(SALES)).at(-1)?.type).toBe('session.deleted');
    // That it was forgotten is remembered for a day, so that nobody who is late seals it again.
    const isTombstone = (key: string) => key.includes(':forgotten:');
    const own = (key: string) =>
      (key.includes('/sales') && !isTombstone(key)) ||
      key.includes(':active') ||
      key.endsWith(':chores') ||
      key.includes(':sessions:ana');
    await fleet.eventually(
      async () => (await fleet.redis.keys(`${fleet.keys.prefix}:*`)).filter(own).length === 0,
      'something of it is left in Redis',
    );
    expect(existsSync(profileDirOf(fleet.profileRoot, KEY))).toBe(false);
    expect(node.driver.liveBrowsers).toBe(0);
  },
);

it('a session created anew under a deleted one’s id begins with a QR code', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  await fleet.ask(SALES, 'delete');
  await fleet.settled(SALES);
  await fleet.ask(SALES, 'create_and_start');
  const { session: fresh } = await fleet.reaches(SALES, 'waiting_qr');
  expect(fresh.phoneNumber).toBeNull();
});

it('nobody scans: the session gives its browser back, and a start shows a code again', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ session: { qrWindowMs: 50 } });
  await fleet.ask(SALES, 'create_and_start');
  const { session: expired } = await fleet.reaches(SALES, 'disconnected.qr_expired');
  expect(expired).toMatchObject({ reason: 'qr_expired', qr: null });
  expect(node.driver.liveBrowsers).toBe(0);
  await fleet.ask(SALES, 'start');
  await fleet.until(SALES, 'waiting anew', ({ session: now }) => now.rev > expired.rev && now.state === 'waiting_qr');
});

it('a stop and a start while its job is still held end with it running', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  for (let round = 0; round < 10; round += 1) {
    await fleet.ask(SALES, 'stop');
    await delay(round);
    await fleet.ask(SALES, 'start');
    await fleet.until(
      SALES,
      `ready in round ${round}`,
      ({ session: now, intent }) => now.state === 'ready' && intent.handledSeq === intent.intentSeq,
    );
  }
  expect(node.driver.mostAlive).toBe(1);
});

it('a session that was asked to run while no wake-up could be heard is found by the next sweep', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ sweepMs: 100 });
  await node.feed.stop();
  await fleet.ask(SALES, 'create_and_start');
  await fleet.reaches(SALES, 'waiting_qr');
  expect(node.driver.liveBrowsers).toBe(1);
});

it('a linked session passes its messages on', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'message', from: '5215550002222', text: 'hello' });
  await fleet.eventually(
    async () =>
      (await fleet.messages(SALES)).some(
        ({ type, data }) => type === 'message.received' && data.message.body === 'hello' && !data.message.backfilled,
      ),
    'no message came',
  );
});
