import { expect, it, onTestFinished } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { Line } from '../../queue/queue-under-test.ts';
import { session, type Fleet } from '../fleet.ts';
import type { TestNode } from '../node.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);
/** A quarter of a real lease. */
const LEASE_MS = 3_000;

interface Cut {
  readonly lost: TestNode;
  readonly other: TestNode;
  readonly line: Line;
  /** Browsers that the cut node still had when the other one opened one for the same session. */
  readonly overlaps: number[];
}

/** A linked session on a node whose line to Redis can be cut, and another node that could take it over. */
async function linked(fleet: Fleet): Promise<Cut> {
  const line = await Line.open(fleet.server.address);
  onTestFinished(() => line.close());
  const lost = await fleet.node({ address: line.address, nodeId: 'lost', lockMs: LEASE_MS });
  await fleet.link(lost, SALES);
  const other = await fleet.node({ nodeId: 'other', lockMs: LEASE_MS });
  const overlaps: number[] = [];
  other.driver.onOpened = () => overlaps.push(lost.driver.liveBrowsers);
  return { lost, other, line, overlaps };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('a cut shorter than half a lease relaunches nothing', async () => {
  const { fleet } = fixture;
  const { lost, other, line } = await linked(fleet);
  const { epoch } = await fleet.store.get(SALES);
  line.cut();
  await wait(LEASE_MS * (5 / 12));
  line.mend();
  await wait(2 * LEASE_MS);
  expect([lost.driver.opened, other.driver.opened]).toEqual([[KEY], []]);
  expect(await fleet.store.get(SALES)).toMatchObject({ state: 'ready', epoch });
});

it.each([
  { cutMs: LEASE_MS * (20 / 12), as: '20 s' },
  { cutMs: LEASE_MS * (60 / 12), as: '60 s' },
])(
  'a cut as long as one of $as has no moment with two owners, and the former one never strikes back',
  async ({ cutMs }) => {
    const { fleet } = fixture;
    const { lost, other, line, overlaps } = await linked(fleet);
    line.cut();
    await fleet.until(
      SALES,
      'ready at the other node',
      ({ session: now }) => now.state === 'ready' && now.nodeId === 'other',
    );
    const taken = await fleet.store.get(SALES);
    await wait(cutMs - LEASE_MS);
    line.mend();
    await wait(LEASE_MS);
    expect(overlaps).toEqual([0]);
    expect(lost.driver.opened).toEqual([KEY]);
    expect(lost.driver.liveBrowsers).toBe(0);
    expect(await fleet.store.get(SALES)).toMatchObject({ state: 'ready', nodeId: 'other', epoch: taken.epoch });
    expect(other.driver.opened).toEqual([KEY]);
  },
);

it('a node that cannot be confirmed launches nothing: what it would begin waits', async () => {
  const { fleet } = fixture;
  const { lost, line } = await linked(fleet);
  line.cut();
  lost.driver.play(KEY, { event: 'page_crash' });
  await fleet.eventually(() => lost.driver.liveBrowsers === 0, 'the browser of a crashed page is not closed');
  await wait(LEASE_MS / 2);
  expect(lost.driver.opened).toEqual([KEY]);
});
