import { expect, it } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { isWithoutHole, session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const STORES = session('stores');
const OTHER = session('other');
/** Positions in the queue of a node are told at most as often. */
const POSITIONS_MS = 1_000;

it('sessions that wait for a launch say at which place, and are told when it changes', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ launches: { maxConcurrentLaunches: 1 } });
  const all = ['first', 'second', 'third'].map(session);
  for (const each of all) node.driver.gates.shut(sessionKey(each), 'first sign');
  await fleet.ask(session('first'), 'create_and_start');
  // Sessions that are taken at the same moment may launch in either order.
  await fleet.until(session('first'), 'launching', ({ session: now }) => now.value === 'authenticating.launching');
  await fleet.ask(session('second'), 'create_and_start');
  await fleet.until(session('second'), 'taken', ({ intent }) => intent.owner !== '');
  await fleet.ask(session('third'), 'create_and_start');
  await fleet.clock.advance(POSITIONS_MS);
  const { session: second } = await fleet.until(
    session('second'),
    'first in the queue',
    ({ session: now }) => now.queue?.position === 1,
  );
  expect(second).toMatchObject({ value: 'disconnected.queued', queue: { position: 1, heldBy: null } });
  await fleet.until(session('third'), 'second in the queue', ({ session: now }) => now.queue?.position === 2);
  node.driver.gates.open(sessionKey(session('first')), 'first sign');
  await fleet.reaches(session('second'), 'authenticating.launching');
  await fleet.clock.advance(POSITIONS_MS);
  await fleet.until(session('third'), 'first in the queue', ({ session: now }) => now.queue?.position === 1);
  node.driver.gates.openAll();
  await Promise.all(all.map((each) => fleet.reaches(each, 'waiting_qr')));
  const told = await fleet.snapshots(session('third'));
  expect(told.filter(({ event }) => event === 'queue.moved').map(({ session: now }) => now.queue?.position)).toEqual([
    2, 1,
  ]);
  expect(told.at(-1)?.session.queue).toBeNull();
  expect(isWithoutHole(told)).toBe(true);
  expect(node.driver.mostLaunching).toBe(1);
});

it('launches that fail in a row open the breaker: who waits says so, one tries, and then all go on', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({
    launches: { threshold: 2, resetMs: 60_000, maxConcurrentLaunches: 1 },
    session: { reconnectMaxAttempts: 100 },
  });
  node.driver.throwing = 3;
  for (const failing of [SALES, STORES]) await fleet.ask(failing, 'create_and_start');
  await fleet.eventually(() => node.pool.getSnapshot().context.breaker === 'open', 'the breaker did not open');
  await fleet.ask(OTHER, 'create_and_start');
  const { session: held } = await fleet.until(
    OTHER,
    'held back',
    ({ session: now }) => now.queue?.heldBy === 'breaker',
  );
  expect(held.state).toBe('disconnected');
  expect(node.driver.opened).toEqual([]);
  const failed = () => node.telemetry.lines.filter((line) => line === 'launched failed').length;
  await fleet.clock.advance(60_000);
  await fleet.eventually(() => failed() === 3, 'nobody tries');
  await fleet.eventually(() => node.pool.getSnapshot().context.breaker === 'open', 'it is not open again');
  await fleet.clock.advance(60_000);
  for (const waiting of [SALES, STORES, OTHER]) await fleet.reaches(waiting, 'waiting_qr');
  expect(node.pool.getSnapshot().context.breaker).toBe('closed');
  expect(failed()).toBe(3);
});

it('one session whose launches always fail holds no other back', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({
    launches: { threshold: 2, maxConcurrentLaunches: 1 },
    session: { reconnectMaxAttempts: 100 },
  });
  node.driver.play(sessionKey(SALES), { event: 'launch_failures', count: 1_000 });
  await fleet.ask(SALES, 'create_and_start');
  await fleet.eventually(
    () => node.telemetry.lines.filter((line) => line === 'launched failed').length >= 4,
    'it did not go on trying',
  );
  await fleet.ask(OTHER, 'create_and_start');
  await fleet.reaches(OTHER, 'waiting_qr');
  expect((await fleet.snapshots(OTHER)).map(({ session: now }) => now.queue?.heldBy)).not.toContain('breaker');
});

it('a launch that nobody wants any more counts neither for nor against the breaker', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ launches: { threshold: 1 }, simulation: { launchDelayMs: 200 } });
  await fleet.ask(SALES, 'create_and_start');
  await fleet.eventually(() => node.driver.opened.length === 1, 'nothing was launched');
  await fleet.ask(SALES, 'stop');
  await fleet.reaches(SALES, 'disconnected.stopped');
  expect(node.telemetry.lines).toContain('launched abandoned');
  expect(node.pool.getSnapshot().context.breaker).toBe('closed');
});

it('a launch that hangs counts as a failed one', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({
    launches: { threshold: 1, resetMs: 100 },
    session: { launchTimeoutMs: 200 },
    simulation: { launchDelayMs: 100 },
  });
  await fleet.ask(SALES, 'create_and_start');
  await fleet.eventually(
    () => node.driver.play(sessionKey(SALES), { event: 'hang' }).kind === 'played',
    'no browser came',
  );
  await fleet.reaches(SALES, 'waiting_qr');
  expect(node.telemetry.lines).toContain('launched failed');
});

it('a sync that never ends says nothing against the node: the launch was over when the login was accepted', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({
    launches: { threshold: 1, resetMs: 60_000, maxConcurrentLaunches: 1 },
    session: { syncTimeoutMs: 100, reconnectMaxAttempts: 100 },
    simulation: { syncDelayMs: 60_000 },
  });
  await fleet.ask(SALES, 'create_and_start');
  await fleet.reaches(SALES, 'waiting_qr');
  node.driver.play(sessionKey(SALES), { event: 'scan', phoneNumber: '5215550001111' });
  const lost = () => node.telemetry.lines.filter((line) => line === 'lost sync_timeout').length;
  await fleet.eventually(() => lost() >= 3, 'the sync did not run out of time');
  expect(node.telemetry.lines).not.toContain('launched failed');
  expect(node.pool.getSnapshot().context.breaker).toBe('closed');
});

it('under pressure nothing is launched and nothing that runs is ended; once it is over, launches go on', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  const { session: before } = await fleet.link(node, SALES);
  node.supervisor.setPressure('high');
  await fleet.ask(OTHER, 'create_and_start');
  // At first it may be shown in the queue of the fleet, where nothing holds it back.
  const { session: held } = await fleet.until(OTHER, 'held', ({ session: now }) => now.queue?.heldBy === 'pressure');
  expect(held.queue).toEqual({ position: 1, heldBy: 'pressure' });
  expect((await fleet.store.find(SALES))?.session.rev).toBe(before.rev);
  node.supervisor.setPressure('normal');
  await fleet.reaches(OTHER, 'waiting_qr');
});
