import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { ControlledClock } from '../../src/host/controlled-clock.ts';
import { StoreFixture } from '../store/store-fixture.ts';
import { QueueNode } from './queue-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => (fixture = await StoreFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const bull = (name: string): string => `${fixture.keys.prefix}:bull:sessions:${name}`;

const LEASE_MS = 600_000;

async function node(capacity: number, leaseClock?: ControlledClock): Promise<QueueNode> {
  const made = new QueueNode(fixture, capacity, { lockMs: LEASE_MS, stalledCheckMs: 600_000 }, leaseClock);
  onTestFinished(() => made.close());
  made.start();
  return made;
}

const keysFrom = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, index) => `ana/${name}-${index}`);

/** What the check for stalled jobs does with one whose lock has run out. */
async function stall(key: string): Promise<void> {
  await fixture.redis
    .multi()
    .del(bull(`${key}:lock`))
    .lrem(bull('active'), 1, key)
    .rpush(bull('wait'), key)
    .zadd(bull('marker'), 0, '0')
    .exec();
}

describe('A node whose own jobs were taken for stalled', () => {
  it('takes them again, and has as many places as before: the earlier run of each ends', async () => {
    const worker = await node(12);
    const first = keysFrom(8, 'early');
    for (const key of first) await worker.queue.enqueue(key);
    await expect.poll(() => worker.taken).toHaveLength(8);
    for (const key of first) await stall(key);
    await expect.poll(() => worker.taken, { timeout: 20_000 }).toHaveLength(16);
    const more = keysFrom(4, 'late');
    for (const key of more) await worker.queue.enqueue(key);
    await expect.poll(() => worker.taken.slice(16).toSorted(), { timeout: 20_000 }).toEqual(more);
    expect(worker.lost.toSorted()).toEqual(first);
  }, 60_000);

  it('goes on renewing the lease of one that it has taken again, once the earlier run has ended', async () => {
    const clock = new ControlledClock();
    const worker = await node(4, clock);
    await worker.queue.enqueue('ana/sales');
    await expect.poll(() => worker.taken).toHaveLength(1);
    await stall('ana/sales');
    await expect.poll(() => worker.taken, { timeout: 20_000 }).toHaveLength(2);
    const token = await fixture.redis.get(bull('ana/sales:lock'));
    await expect.poll(() => worker.lost).toEqual(['ana/sales']);
    // Two leases long: without a renewal the lock would be gone.
    for (let renewals = 0; renewals < 12; renewals += 1) {
      await fixture.redis.pexpire(bull('ana/sales:lock'), LEASE_MS / 6);
      await clock.advance(LEASE_MS / 6);
      await expect.poll(() => fixture.redis.pttl(bull('ana/sales:lock'))).toBeGreaterThan(LEASE_MS / 2);
    }
    expect(await fixture.redis.get(bull('ana/sales:lock'))).toBe(token);
  }, 60_000);
});
