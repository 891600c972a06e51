import { expect, it, onTestFinished } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { ControlledClock } from '../../../src/host/controlled-clock.ts';
import { Line } from '../../queue/queue-under-test.ts';
import { session, type Fleet } from '../fleet.ts';
import type { TestNode } from '../node.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);
/**
 * A sixth of a real lease, for the tests that wait until Redis lets go of a lock: that it counts by its own time, which
 * nobody turns. Each other test turns the node's clock, under a lease that does not end by itself.
 */
const SHORT_LEASE_MS = 2_000;
const LONG_LEASE_MS = 600_000;

interface Cut {
  readonly lost: TestNode;
  /** By which it counts its leases. */
  readonly leaseClock: ControlledClock;
  readonly other: TestNode;
  readonly line: Line;
  /** Browsers that the cut node still had when the other one opened one for the same session. */
  readonly overlaps: number[];
}

/** A linked session on a node whose line to Redis can be cut, and another node that could take it over. */
async function linked(fleet: Fleet, lockMs: number): Promise<Cut> {
  const line = await Line.open(fleet.server.address);
  onTestFinished(() => line.close());
  const leaseClock = new ControlledClock();
  const setup = { lockMs, sweepMs: 50 };
  const lost = await fleet.node({ ...setup, address: line.address, nodeId: 'lost', leaseClock });
  await fleet.link(lost, SALES);
  const other = await fleet.node({ ...setup, nodeId: 'other' });
  const overlaps: number[] = [];
  other.driver.onOpened = () => overlaps.push(lost.driver.liveBrowsers);
  return { lost, leaseClock, other, line, overlaps };
}

const lockIn = ({ keys }: Fleet): string => `${keys.prefix}:bull:sessions:${KEY}:lock`;

/** Lets a part of the long lease pass, for the node and for the lock alike. */
async function pass(fleet: Fleet, { leaseClock }: Cut, part: number): Promise<void> {
  const ms = LONG_LEASE_MS * part;
  await fleet.redis.pexpire(lockIn(fleet), (await fleet.redis.pttl(lockIn(fleet))) - ms);
  await leaseClock.advance(ms);
}

const isRenewed = async (fleet: Fleet): Promise<boolean> =>
  (await fleet.redis.pttl(lockIn(fleet))) > LONG_LEASE_MS * (23 / 24);

it('a cut shorter than half a lease relaunches nothing', async () => {
  const { fleet } = fixture;
  const cut = await linked(fleet, LONG_LEASE_MS);
  const { epoch } = await fleet.store.get(SALES);
  cut.line.cut();
  await pass(fleet, cut, 5 / 12);
  cut.line.mend();
  await fleet.eventually(() => isRenewed(fleet), 'the lease is not renewed once Redis is reached again');
  for (let renewals = 0; renewals < 12; renewals += 1) {
    await pass(fleet, cut, 1 / 6);
    await fleet.eventually(() => isRenewed(fleet), 'the lease is not renewed in time');
  }
  await fleet.swept();
  expect([cut.lost.driver.opened, cut.other.driver.opened]).toEqual([[KEY], []]);
  expect(await fleet.store.get(SALES)).toMatchObject({ state: 'ready', epoch });
});

it.each([
  { leases: 20 / 12, as: '20 s' },
  { leases: 60 / 12, as: '60 s' },
])(
  'a cut as long as one of $as has no moment with two owners, and the former one never strikes back',
  async ({ leases }) => {
    const { fleet } = fixture;
    const { lost, leaseClock, other, line, overlaps } = await linked(fleet, SHORT_LEASE_MS);
    line.cut();
    await fleet.until(
      SALES,
      'ready at the other node',
      ({ session: now }) => now.state === 'ready' && now.nodeId === 'other',
    );
    const taken = await fleet.store.get(SALES);
    await leaseClock.advance(SHORT_LEASE_MS * (leases - 1));
    line.mend();
    await fleet.swept();
    await fleet.heard(lost);
    expect(overlaps).toEqual([0]);
    expect(lost.driver.opened).toEqual([KEY]);
    expect(lost.driver.liveBrowsers).toBe(0);
    expect(await fleet.store.get(SALES)).toMatchObject({ state: 'ready', nodeId: 'other', epoch: taken.epoch });
    expect(other.driver.opened).toEqual([KEY]);
  },
);

it('a node that cannot be confirmed launches nothing: what it would begin waits', async () => {
  const { fleet } = fixture;
  const cut = await linked(fleet, LONG_LEASE_MS);
  const { lost, line } = cut;
  line.cut();
  lost.driver.play(KEY, { event: 'page_crash' });
  await fleet.eventually(() => lost.driver.liveBrowsers === 0, 'the browser of a crashed page is not closed');
  await pass(fleet, cut, 7 / 12);
  await fleet.clock.advance(60_000);
  expect(lost.driver.opened).toEqual([KEY]);
  line.mend();
  await fleet.until(SALES, 'ready again', ({ session: now }) => now.state === 'ready');
});
