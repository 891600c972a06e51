import { expect, it } from 'vitest';

import type { SessionAddress } from '../../src/domain/session.ts';
import { isWithoutHole, session } from '../supervisor/fleet.ts';
import { useFleet } from '../supervisor/use-fleet.ts';
import type { TestNode } from '../supervisor/node.ts';

const fixture = useFleet();
const FIRST = session('first');
const WAITING = ['a', 'b', 'c'].map((id) => session(id));

/** A node that holds one session and is full, and three that wait. */
async function fullNode(): Promise<TestNode> {
  const { fleet } = fixture;
  const node = await fleet.node({ capacity: 1, sweepMs: 600_000 });
  await fleet.ask(FIRST, 'create_and_start');
  await fleet.reaches(FIRST, 'waiting_qr');
  for (const [index, each] of WAITING.entries()) {
    await fleet.ask(each, 'create_and_start');
    await fleet.eventually(async () => (await fleet.waiting()) === index + 1, 'it is not in the queue');
  }
  return node;
}

const shows = (address: SessionAddress, position: number) =>
  fixture.fleet.until(address, `at position ${position}`, ({ session: now }) => now.queue?.position === position);

const shown = async (address: SessionAddress) =>
  (await fixture.fleet.snapshots(address)).map(({ session: now }) => now.queue?.position ?? null);

it('sessions that wait for a node show their position, move up when one goes, and show none once they are taken', async () => {
  const { fleet } = fixture;
  await fullNode();
  for (const [index, each] of WAITING.entries()) await shows(each, index + 1);
  const [next = session('a'), second = session('b'), third = session('c')] = WAITING;
  await fleet.ask(FIRST, 'stop');
  const { session: taken } = await fleet.reaches(next, 'waiting_qr');
  expect(taken.queue).toBeNull();
  await shows(second, 1);
  await fleet.ask(second, 'stop');
  await shows(third, 1);
  expect((await fleet.reaches(second, 'disconnected.stopped')).session.queue).toBeNull();
  for (const each of WAITING) {
    const snapshots = await fleet.snapshots(each);
    expect(isWithoutHole(snapshots)).toBe(true);
    expect((await fleet.store.history(each, 50)).items.map(({ event }) => event)).not.toContain('queue.moved');
  }
  expect(await shown(third)).toEqual([null, 3, 2, 1]);
});

it('a session that need not wait never shows a position', async () => {
  const { fleet } = fixture;
  await fleet.node({ capacity: WAITING.length });
  for (const each of WAITING) {
    await fleet.ask(each, 'create_and_start');
    await fleet.reaches(each, 'waiting_qr');
  }
  await fleet.ask(FIRST, 'create_and_start');
  await shows(FIRST, 1);
  for (const each of WAITING)
    expect((await fleet.snapshots(each)).filter(({ event }) => event === 'queue.moved')).toEqual([]);
});

it('positions are kept by whoever is there: a second node tells nothing twice', async () => {
  const { fleet } = fixture;
  const first = await fullNode();
  const second = await fleet.node({ capacity: 1, sweepMs: 20 });
  const [taken = session('a'), next = session('b'), last = session('c')] = WAITING;
  await fleet.reaches(taken, 'waiting_qr');
  await shows(next, 1);
  await shows(last, 2);
  await first.stop();
  await shows(last, 3);
  await second.stop();
  for (const each of [next, last]) {
    const positions = (await fleet.snapshots(each))
      .filter(({ event }) => event === 'queue.moved')
      .map(({ session: now }) => now.queue?.position);
    expect(positions).toEqual(positions.filter((position, index) => position !== positions[index - 1]));
  }
});
