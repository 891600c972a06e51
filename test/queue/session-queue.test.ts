import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import { sessionsWaiting } from '../../src/queue/queue-length.ts';
import { StoreFixture } from '../store/store-fixture.ts';
import { QueueNode, usersOf } from './queue-fixture.ts';

let fixture: StoreFixture;
let nodes: QueueNode[] = [];
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterEach(async () => {
  await Promise.all(nodes.map((each) => each.close()));
  nodes = [];
});
afterAll(() => fixture.close());

function node(capacity = 1): QueueNode {
  const opened = new QueueNode(fixture, capacity);
  nodes.push(opened);
  return opened;
}

const until = (holds: () => void | Promise<void>) => vi.waitFor(holds, { timeout: 40_000, interval: 5 });

/** Ends one session after the other until so many have been taken. */
async function takeAll(from: QueueNode, count: number): Promise<string[]> {
  await until(() => {
    for (const key of from.running) from.end(key);
    expect(from.taken).toHaveLength(count);
  });
  return from.taken;
}

const named = (user: string, count: number) => Array.from({ length: count }, (_, index) => `${user}/${index + 1}`);

/** A full node: it holds a session, and every other session waits. */
async function fullNode(): Promise<QueueNode> {
  const full = node();
  full.start();
  await full.queue.enqueue('first/1');
  await until(() => expect(full.running).toEqual(['first/1']));
  return full;
}

it('one user’s twenty starts delay another’s one by one place', async () => {
  const full = await fullNode();
  await Promise.all(named('greedy', 20).map((key) => full.queue.enqueue(key)));
  await full.queue.enqueue('modest/1');
  expect((await takeAll(full, 22)).indexOf('modest/1')).toBe(2);
});

it('users take turns, and each one’s sessions come in the order in which they were started', async () => {
  const full = await fullNode();
  for (const key of [...named('ana', 3), ...named('bo', 3), ...named('cy', 1)]) await full.queue.enqueue(key);
  const taken = (await takeAll(full, 8)).slice(1);
  expect(usersOf(taken).slice(0, 3).toSorted()).toEqual(['ana', 'bo', 'cy']);
  expect(usersOf(taken).slice(3, 5).toSorted()).toEqual(['ana', 'bo']);
  for (const user of ['ana', 'bo']) expect(taken.filter((key) => key.startsWith(user))).toEqual(named(user, 3));
});

it('a session that several nodes put in the queue at once costs its user one place', async () => {
  const full = await fullNode();
  const other = node();
  await Promise.all([full, other, full, other].map((each) => each.queue.enqueue('ana/1')));
  await full.queue.enqueue('bo/1');
  await full.queue.enqueue('ana/2');
  await full.queue.enqueue('bo/2');
  expect((await takeAll(full, 5)).slice(1)).toEqual(['ana/1', 'bo/1', 'ana/2', 'bo/2']);
});

it('a session that is withdrawn and started again costs its user nothing', async () => {
  const full = await fullNode();
  for (const key of ['ana/1', 'bo/1']) await full.queue.enqueue(key);
  for (let round = 0; round < 5; round += 1) {
    await full.queue.enqueue('ana/2');
    await full.queue.withdraw('ana/2');
  }
  for (const key of ['ana/2', 'bo/2']) await full.queue.enqueue(key);
  expect((await takeAll(full, 5)).slice(1)).toEqual(['ana/1', 'bo/1', 'ana/2', 'bo/2']);
});

it('sessions that a node gives back go on before all that wait', async () => {
  const [leaving, staying] = [node(2), node(1)];
  leaving.start();
  for (const key of ['ana/1', 'ana/2']) await leaving.queue.enqueue(key);
  await until(() => expect(leaving.running).toHaveLength(2));
  for (const key of ['bo/1', 'cy/1']) await leaving.queue.enqueue(key);
  leaving.queue.pause();
  for (const key of leaving.running) leaving.end(key, 'handed_over');
  await until(async () => expect(await staying.queue.interrupted()).toHaveLength(2));
  staying.start();
  const taken = await takeAll(staying, 4);
  expect([taken.slice(0, 2).toSorted(), taken.slice(2)]).toEqual([
    ['ana/1', 'ana/2'],
    ['bo/1', 'cy/1'],
  ]);
});

it('a session that is given back can be seen by a worker that sleeps', async () => {
  const leaving = node();
  leaving.start();
  await leaving.queue.enqueue('ana/1');
  await until(() => expect(leaving.running).toHaveLength(1));
  const marker = `${fixture.keys.prefix}:bull:sessions:marker`;
  leaving.queue.pause();
  await fixture.redis.del(marker);
  leaving.end('ana/1', 'handed_over');
  await until(async () => expect(await leaving.queue.interrupted()).toEqual(['ana/1']));
  expect(await fixture.redis.exists(marker)).toBe(1);
});

it('the session of a dead node goes on before all that wait', async () => {
  const full = await fullNode();
  const other = node();
  for (const key of ['ana/1', 'bo/1']) await full.queue.enqueue(key);
  await other.queue.reclaim('first/1');
  expect(await other.queue.interrupted()).toEqual(['first/1']);
  other.start();
  expect(await takeAll(other, 3)).toEqual(['first/1', 'ana/1', 'bo/1']);
});

it('once nobody waits no trace of the queue is left', async () => {
  const full = await fullNode();
  for (const key of ['ana/1', 'ana/2', 'bo/1']) await full.queue.enqueue(key);
  await full.queue.withdraw('ana/2');
  await takeAll(full, 3);
  expect(await sessionsWaiting(fixture.redis, fixture.keys.prefix)).toBe(0);
  expect(await fixture.redis.exists(fixture.keys.queuePlaces, fixture.keys.queueByUser)).toBe(0);
});
