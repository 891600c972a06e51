import { existsSync } from 'node:fs';

import { expect, it } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { profileDirOf, type TestNode } from '../node.ts';
import { session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);
/** So long that no page comes up in a test that waits for none. */
const LONG_MS = 30_000;

/** Whether WhatsApp still knows the device: then a phone can remove it. */
const isLinked = (node: TestNode) => node.driver.play(KEY, { event: 'logout' }).kind === 'played';

/** Its next page says nothing of itself. */
function holdBack(node: TestNode): void {
  for (const gate of ['first sign', 'ready'] as const) node.driver.gates.shut(KEY, gate);
}

/** How its deletion was told. */
async function deletion() {
  const { fleet } = fixture;
  expect(await fleet.settled(SALES)).toBeNull();
  const told = (await fleet.told(SALES)).filter((event) => event.type === 'session.deleted');
  expect(told).toHaveLength(1);
  expect(existsSync(profileDirOf(fleet.profileRoot, KEY))).toBe(false);
  return told[0];
}

async function stopped(node: TestNode): Promise<void> {
  const { fleet } = fixture;
  await fleet.link(node, SALES);
  await fleet.ask(SALES, 'stop');
  await fleet.reaches(SALES, 'disconnected.stopped');
}

it('a session that was never linked is deleted without a browser', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.ask(SALES, 'create');
  await fleet.ask(SALES, 'delete');
  expect(await deletion()).toMatchObject({ stillListed: false });
  expect(node.driver.opened).toEqual([]);
});

it.each(['delete', 'logout'] as const)('a stopped one is unlinked by a page that comes up once: %s', async (action) => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await stopped(node);
  await fleet.ask(SALES, action);
  if (action === 'delete') expect(await deletion()).toMatchObject({ stillListed: false });
  else
    expect((await fleet.settled(SALES))?.session).toMatchObject({
      value: 'disconnected.logged_out',
      phoneNumber: null,
      lastError: null,
    });
  expect(isLinked(node)).toBe(false);
  expect(node.driver.opened).toHaveLength(2);
  expect(node.driver.liveBrowsers).toBe(0);
});

it.each(['launching', 'backing off', 'failed'] as const)(
  'one that is %s is unlinked before its login is destroyed',
  async (where) => {
    const { fleet } = fixture;
    const node = await fleet.node({
      session: { reconnectBaseMs: where === 'backing off' ? LONG_MS : 1, reconnectMaxMs: LONG_MS },
    });
    await fleet.link(node, SALES);
    if (where === 'launching') {
      holdBack(node);
      await fleet.ask(SALES, 'restart');
      await fleet.reaches(SALES, 'authenticating.launching');
    } else {
      const cause = where === 'failed' ? 'blocked' : 'page_crashed';
      node.driver.tell(KEY, { type: 'lost', cause, fault: { code: 'TEST', message: 'as the test says' } });
      await fleet.reaches(SALES, where === 'failed' ? 'failed.parked' : 'reconnecting.backoff');
    }
    await fleet.ask(SALES, 'delete');
    node.driver.gates.openAll();
    expect(await deletion()).toMatchObject({ stillListed: false });
    expect(isLinked(node)).toBe(false);
    expect(node.driver.mostAlive).toBe(1);
  },
);

it.each(['hangs', 'fails'] as const)(
  'where the page that comes up %s, it is told that the phone lists the device',
  async (how) => {
    const { fleet } = fixture;
    const node = await fleet.node({ session: { reachTimeoutMs: LONG_MS } });
    await stopped(node);
    if (how === 'hangs') holdBack(node);
    else node.driver.play(KEY, { event: 'launch_failures', count: 1 });
    await fleet.ask(SALES, 'delete');
    if (how === 'hangs') {
      await fleet.eventually(() => node.driver.opened.length === 2, 'no page came up');
      await fleet.clock.advance(LONG_MS);
    }
    expect(await deletion()).toMatchObject({ stillListed: true });
    expect(node.driver.opened).toHaveLength(2);
    expect(node.driver.liveBrowsers).toBe(0);
  },
);

it('a logout that WhatsApp could not be told says so in the record', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await stopped(node);
  node.driver.play(KEY, { event: 'launch_failures', count: 1 });
  await fleet.ask(SALES, 'logout');
  const loggedOut = await fleet.settled(SALES);
  expect(loggedOut?.session).toMatchObject({
    value: 'disconnected.logged_out',
    lastError: { code: 'STILL_LISTED' },
  });
});

it('one whose device the phone has removed meanwhile is not called listed', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await stopped(node);
  node.driver.play(KEY, { event: 'logout' });
  await fleet.ask(SALES, 'delete');
  expect(await deletion()).toMatchObject({ stillListed: false });
});

it('without room for a browser it is told within the limit that the phone lists the device', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ capacity: 1, session: { reachTimeoutMs: 200 } });
  await stopped(node);
  await fleet.link(node, session('other'));
  await fleet.ask(SALES, 'delete');
  expect(await deletion()).toMatchObject({ stillListed: true });
  expect(node.driver.opened.filter((key) => key === KEY)).toHaveLength(1);
});

it('two deletions at once bring one page up', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await stopped(node);
  await Promise.all([fleet.ask(SALES, 'delete'), fleet.ask(SALES, 'delete')]);
  expect(await deletion()).toMatchObject({ stillListed: false });
  expect(node.driver.opened).toHaveLength(2);
});

it('a node that drains leaves to the next what waits for a launch to be unlinked', async () => {
  const { fleet } = fixture;
  const first = await fleet.node({ launches: { maxConcurrentLaunches: 1 }, session: { reachTimeoutMs: LONG_MS } });
  await stopped(first);
  const other = session('other');
  first.driver.gates.shut(sessionKey(other), 'first sign');
  await fleet.ask(other, 'create_and_start');
  await fleet.reaches(other, 'authenticating.launching');
  await fleet.ask(SALES, 'delete');
  await fleet.until(SALES, 'waiting for a launch', ({ session: now }) => now.value.endsWith('reaching.queued'));
  await first.stop();
  const next = await fleet.node();
  expect(await deletion()).toMatchObject({ stillListed: false });
  expect(next.driver.opened).toContain(KEY);
});

it('a deletion is done by the node that runs the session, whichever hears of it', async () => {
  const { fleet } = fixture;
  const owner = await fleet.node();
  await fleet.link(owner, SALES);
  const other = await fleet.node();
  await fleet.ask(SALES, 'delete');
  expect(await deletion()).toMatchObject({ stillListed: false });
  expect(owner.driver.opened).toHaveLength(1);
  expect(other.driver.opened).toEqual([]);
});
