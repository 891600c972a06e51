import { expect, it } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { isWithoutHole, session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';
import type { NodeSetup } from '../node.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);

const PROBED: Partial<NodeSetup> = { probeIntervalMs: 40 };

it.each([
  ['its browser crashes', 'browser_crash', 'browser_crashed'],
  ['its page crashes', 'page_crash', 'page_crashed'],
  ['its page hangs', 'hang', 'page_unresponsive'],
] as const)('a session comes back by itself when %s', async (_, event, reason) => {
  const { fleet } = fixture;
  const node = await fleet.node(PROBED);
  const { session: before } = await fleet.link(node, SALES);
  expect(node.driver.play(KEY, { event })).toEqual({ kind: 'played' });
  await fleet.until(SALES, 'ready again', ({ session: now }) => now.state === 'ready' && now.rev > before.rev + 2);
  const since = (await fleet.snapshots(SALES)).filter(({ session: now }) => now.rev > before.rev);
  const lost = since.find(({ session: now }) => now.state === 'reconnecting');
  expect(lost?.session).toMatchObject({ reason, reconnect: { attempt: 1, maxAttempts: 3 } });
  expect(since.some(({ session: now }) => now.state === 'waiting_qr')).toBe(false);
  expect(
    since.find(({ session: now }) => now.value === 'reconnecting.backoff')?.session.reconnect.nextAttemptAt,
  ).not.toBeNull();
  expect(node.driver.mostAlive).toBe(1);
  expect(isWithoutHole(since)).toBe(true);
});

it('a session that was opened elsewhere takes over once, and then leaves it to a person', async () => {
  const { fleet } = fixture;
  const node = await fleet.node(PROBED);
  const { session: before } = await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'conflict' });
  await fleet.until(SALES, 'ready again', ({ session: now }) => now.state === 'ready' && now.rev > before.rev + 2);
  expect(node.driver.opened).toHaveLength(2);
  node.driver.play(KEY, { event: 'conflict' });
  const { session: parked } = await fleet.reaches(SALES, 'failed.parked');
  expect(parked).toMatchObject({ reason: 'conflict', lastError: { code: 'CONFLICT' } });
  expect(node.driver.opened).toHaveLength(2);
});

it('a session whose network is down is reconnecting until it is up again', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ ...PROBED, session: { reconnectMaxAttempts: 1_000 } });
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'network_down' });
  const { session: away } = await fleet.until(
    SALES,
    'at its third attempt',
    ({ session: now }) => now.state === 'reconnecting' && now.reconnect.attempt >= 3,
  );
  expect(away).toMatchObject({ reason: 'network', desired: 'running' });
  expect(away.lastError).not.toBeNull();
  node.driver.play(KEY, { event: 'network_up' });
  const { session: back } = await fleet.reaches(SALES, 'ready');
  expect(back).toMatchObject({ reason: null, lastError: null });
});

it('one missed probe shows as unstable and nothing more', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ probeIntervalMs: 40, session: { missedProbes: 1_000 } });
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'network_down' });
  await fleet.reaches(SALES, 'ready.unstable');
  node.driver.play(KEY, { event: 'network_up' });
  await fleet.reaches(SALES, 'ready.online');
  expect(node.driver.opened).toHaveLength(1);
});

it('a session that uses up its attempts fails, is restarted by its supervisor, and is parked when that does not help either', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ session: { reconnectMaxAttempts: 1 } });
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'launch_failures', count: 1_000 });
  node.driver.play(KEY, { event: 'browser_crash' });
  const { session: parked } = await fleet.reaches(SALES, 'failed.parked');
  expect(parked).toMatchObject({
    reason: 'restarts_exhausted',
    restarts: 2,
    desired: 'running',
    lastError: { code: 'LAUNCH_FAILED' },
  });
  expect(
    (await fleet.snapshots(SALES)).filter(
      ({ session: now, event }) => now.state === 'failed' && event === 'supervisor.restart',
    ),
  ).toHaveLength(2);
  expect((await fleet.snapshots(SALES)).some(({ session: now }) => now.reason === 'attempts_exhausted')).toBe(true);
  await fleet.eventually(() => node.driver.liveBrowsers === 0, 'a browser is left');
});

it('an outage parks nobody, however long it is and whichever node goes through it', async () => {
  const { fleet } = fixture;
  const setup = { session: { reconnectMaxAttempts: 1 }, launches: { restartIntensity: 1, restartMaxMs: 20 } };
  const first = await fleet.node(setup);
  const { session: before } = await fleet.link(first, SALES);
  first.driver.play(KEY, { event: 'network_down' });
  first.driver.tell(KEY, { type: 'lost', cause: 'network', fault: { code: 'TEST', message: 'as the test says' } });
  const isOftenRestarted = ({ session: now }: { session: { restarts: number } }) => now.restarts >= 12;
  await fleet.until(SALES, 'restarted often', isOftenRestarted);
  await first.stop();
  const second = await fleet.node(setup);
  second.driver.play(KEY, { event: 'network_down' });
  const { session: away } = await fleet.until(
    SALES,
    'still at it elsewhere',
    (stored) => isOftenRestarted(stored) && stored.session.nodeId === second.nodeId && stored.session.restarts >= 15,
  );
  expect(away).toMatchObject({ desired: 'running' });
  second.driver.play(KEY, { event: 'network_up' });
  await fleet.until(SALES, 'ready by itself', ({ session: now }) => now.state === 'ready' && now.rev > before.rev);
  expect(await fleet.values(SALES)).not.toContain('failed.parked');
});

it('a parked session starts again when somebody asks for it', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ session: { reconnectMaxAttempts: 0 }, launches: { restartIntensity: 0 } });
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'browser_crash' });
  const { session: parked } = await fleet.reaches(SALES, 'failed.parked');
  expect(parked.restarts).toBe(0);
  await fleet.ask(SALES, 'start');
  expect((await fleet.reaches(SALES, 'ready')).session.lastError).toBeNull();
});

it('a failed session that rests until its restart is started at once when somebody asks for it, and not by a page that makes sure of it', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({
    session: { reconnectMaxAttempts: 0 },
    launches: { restartBaseMs: 60_000, restartMaxMs: 60_000 },
  });
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'browser_crash' });
  const { session: resting } = await fleet.reaches(SALES, 'failed.resting');
  await fleet.ask(SALES, 'create_and_start');
  expect((await fleet.store.find(SALES))?.session.rev).toBe(resting.rev);
  await fleet.ask(SALES, 'start');
  await fleet.reaches(SALES, 'ready');
});

it('a session whose launch hangs gives that browser up and tries another', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ session: { launchTimeoutMs: 300 }, simulation: { launchDelayMs: 100 } });
  await fleet.ask(SALES, 'create_and_start');
  await fleet.eventually(() => node.driver.play(KEY, { event: 'hang' }).kind === 'played', 'no browser came');
  await fleet.reaches(SALES, 'waiting_qr');
  expect(node.driver.opened).toHaveLength(2);
  expect((await fleet.snapshots(SALES)).some(({ session: now }) => now.reason === 'launch_timeout')).toBe(true);
});

it('a driver that throws costs an attempt, and its launch slot is free again', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ launches: { maxConcurrentLaunches: 1 } });
  node.driver.throwing = 2;
  await fleet.ask(SALES, 'create_and_start');
  await fleet.reaches(SALES, 'waiting_qr');
  expect(
    (await fleet.snapshots(SALES)).filter(({ session: now }) => now.value === 'reconnecting.backoff'),
  ).toHaveLength(2);
  await fleet.ask(session('other'), 'create_and_start');
  await fleet.reaches(session('other'), 'waiting_qr');
});

it('a listener that throws keeps nobody else from hearing', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  node.feed.listen(() => {
    throw new Error('This listener throws.');
  });
  const heard: string[] = [];
  node.feed.listen((event) => heard.push(event.type));
  await fleet.link(node, SALES);
  await fleet.ask(SALES, 'stop');
  await fleet.reaches(SALES, 'disconnected.stopped');
  const told = await fleet.told(SALES);
  await fleet.eventually(() => heard.length === told.length, 'not everything was heard');
});

it('a stop during the backoff ends the attempts', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ session: { reconnectBaseMs: 60_000, reconnectMaxMs: 60_000 } });
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'browser_crash' });
  await fleet.reaches(SALES, 'reconnecting.backoff');
  await fleet.ask(SALES, 'stop');
  await fleet.reaches(SALES, 'disconnected.stopped');
});

it('a reconnect during the backoff does not wait for it', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ session: { reconnectBaseMs: 60_000, reconnectMaxMs: 60_000 } });
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'browser_crash' });
  await fleet.reaches(SALES, 'reconnecting.backoff');
  await fleet.ask(SALES, 'reconnect');
  await fleet.reaches(SALES, 'ready');
});
