import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { PoolFullError } from '../../src/domain/errors.ts';
import { request, settledSnapshot, snapshot, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const ana = (id: string) => ({ userId: 'ana', id });
const departures = async () => (await fixture.redis.lrange(fixture.keys.departures, 0, -1)).map(Number);

/** How long a start is told to wait (s, rounded down); 0 when it is not refused. */
async function refusedFor(id: string, maxSessions = 1): Promise<number> {
  try {
    await request(fixture.store({ maxSessions }), ana(id), 'create_and_start');
    return 0;
  } catch (error) {
    if (!(error instanceof PoolFullError) || error.retry.kind !== 'later') throw error;
    return Math.floor(error.retry.afterMs / 1_000);
  }
}

describe('That a session has left is noted', () => {
  it.each(['stop', 'logout', 'delete'] as const)('when it is asked to %s, once', async (action) => {
    await request(fixture.store(), ana('a'), 'create_and_start');
    fixture.now += 1_000;
    await request(fixture.store(), ana('a'), action);
    const at = fixture.now;
    fixture.now += 1_000;
    await request(fixture.store(), ana('a'), action);
    expect(await departures()).toEqual([at]);
  });

  it('when it has settled, and not while it runs', async () => {
    await request(fixture.store(), ana('a'), 'create_and_start');
    const { ownership } = await fixture.claim(ana('a'));
    await ownership.persist(snapshot({ handledSeq: 1 }));
    expect(await departures()).toEqual([]);
    fixture.now += 1_000;
    await ownership.persist(settledSnapshot('disconnected.qr_expired', 'qr_expired', 1));
    expect(await departures()).toEqual([fixture.now]);
  });

  it('but not when it makes room for another of its user, for nobody else can have that', async () => {
    const store = fixture.store({ maxSessionsPerUser: 1, userLimitPolicy: 'evict-oldest' });
    for (const id of ['a', 'b']) await request(store, ana(id), 'create_and_start');
    expect(await departures()).toEqual([]);
  });

  it('of the last twenty, the latest first', async () => {
    for (let index = 0; index < 25; index += 1) {
      await request(fixture.store(), ana(`s${index}`), 'create_and_start');
      fixture.now += 1_000;
      await request(fixture.store(), ana(`s${index}`), 'stop');
    }
    expect(await departures()).toEqual(Array.from({ length: 20 }, (_, index) => fixture.now - index * 1_000));
  });
});

describe('A start in a full fleet is told when to come back', () => {
  it('soon where sessions leave all the time, later where nobody has for long', async () => {
    for (const id of ['a', 'b', 'c', 'd']) {
      await request(fixture.store(), ana(id), 'create_and_start');
      fixture.now += 10_000;
      await request(fixture.store(), ana(id), 'stop');
    }
    await request(fixture.store(), ana('stays'), 'create_and_start');
    fixture.now += 10_000;
    const soon = await refusedFor('late');
    expect(soon).toBeGreaterThanOrEqual(10);
    expect(soon).toBeLessThanOrEqual(15);
    fixture.now += 90_000;
    const later = await refusedFor('late');
    expect(later).toBeGreaterThanOrEqual(100);
    expect(later).toBeLessThanOrEqual(125);
    fixture.now += 86_400_000;
    expect(await refusedFor('late')).toBeGreaterThanOrEqual(240);
  });

  it('each of a hundred at once within five seconds and five minutes, and not all at the same time', async () => {
    await request(fixture.store(), ana('stays'), 'create_and_start');
    const waits = await Promise.all(Array.from({ length: 100 }, (_, index) => refusedFor(`s${index}`)));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...waits)).toBeLessThanOrEqual(300);
    expect(new Set(waits).size).toBeGreaterThan(3);
  });
});
