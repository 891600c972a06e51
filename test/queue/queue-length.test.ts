import { Queue } from 'bullmq';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { StoreUnavailableError } from '../../src/domain/errors.ts';
import { sessionsWaiting } from '../../src/queue/queue-length.ts';
import { StoreFixture } from '../store/store-fixture.ts';
import { QueueNode } from './queue-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => (fixture = await StoreFixture.open()));
afterAll(() => fixture.close());

it('a process without a queue counts those that wait as BullMQ does, the interrupted ones too, and not those that run', async () => {
  const node = new QueueNode(fixture, 1);
  for (const key of ['ana/a', 'ana/b', 'bob/c']) await node.queue.enqueue(key);
  await node.queue.resume('eve/d');
  const bull = new Queue('sessions', {
    connection: fixture.redis,
    prefix: `${fixture.keys.prefix}:bull`,
    skipMetasUpdate: true,
  });
  const counts = () =>
    Promise.all([
      sessionsWaiting(fixture.redis, fixture.keys.prefix),
      bull.getJobCountByTypes('waiting', 'prioritized'),
    ]);
  expect(await counts()).toEqual([4, 4]);
  node.start();
  await expect.poll(() => node.taken).toEqual(['eve/d']);
  expect(await counts()).toEqual([3, 3]);
  await bull.close();
  await node.close();
});

it('says so when Redis does not answer', async () => {
  process.kill(fixture.server.pid, 'SIGSTOP');
  try {
    await expect(sessionsWaiting(fixture.redis, fixture.keys.prefix)).rejects.toThrow(StoreUnavailableError);
  } finally {
    process.kill(fixture.server.pid, 'SIGCONT');
  }
});
