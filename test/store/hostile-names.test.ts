import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { parseSessionKey, sessionKey, type SessionAddress } from '../../src/domain/session.ts';
import { scriptKeys } from '../../src/store/keys.ts';
import { Feeds } from './feeds.ts';
import { ANA, request, snapshot, StoreFixture } from './store-fixture.ts';

let world: StoreFixture;
const feeds = new Feeds(() => world);
beforeAll(async () => {
  world = await StoreFixture.open();
});
beforeEach(() => world.renew());
afterAll(() => world.close());

const userId = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
  fc.constantFrom('a', 'a/b', 'a%2Fb', 'a:b', 'active', 'sessions', '__proto__'),
);
const sessionId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const address: fc.Arbitrary<SessionAddress> = fc.record({ userId, id: sessionId });

describe('Names in Redis', () => {
  it('lead back to the session', () => {
    fc.assert(
      fc.property(address, (each) => {
        expect(parseSessionKey(sessionKey(each))).toEqual({ ...each });
      }),
    );
  });

  it('are shared by no two sessions of different users, except what is everybody’s', () => {
    const shared = new Set([
      world.keys.events,
      world.keys.active,
      world.keys.pendingErasures,
      world.keys.sessions,
      world.keys.departures,
    ]);
    fc.assert(
      fc.property(address, address, (one, other) => {
        fc.pre(one.userId !== other.userId);
        const keys = new Set(scriptKeys(world.keys, one));
        for (const key of scriptKeys(world.keys, other)) expect(keys.has(key) && !shared.has(key)).toBe(false);
      }),
      {
        numRuns: 500,
        examples: [
          [
            { userId: 'a', id: 'b' },
            { userId: 'a/b', id: 'b' },
          ],
          [
            { userId: 'a', id: '2Fb' },
            { userId: 'a/', id: 'b' },
          ],
        ],
      },
    );
  });

  it('of one session are all different', () => {
    fc.assert(
      fc.property(address, (each) => {
        expect(new Set(scriptKeys(world.keys, each)).size).toBe(9);
      }),
    );
  });
});

describe('A user whose name begins or encodes like another’s', () => {
  it.each([
    ['ana', 'ana2'],
    ['ana', 'ana/sales'],
    ['ana/sales', 'ana%2Fsales'],
    ['ana\n', 'ana'],
    ['ana:sales', 'ana'],
    ['é', 'e\u0301'],
    ['__proto__', 'constructor'],
  ])('%j can neither count against, stop nor delete what is of %j', async (one, other) => {
    const store = world.store({ maxSessionsPerUser: 1 });
    const [mine, theirs] = [
      { userId: one, id: 'sales' },
      { userId: other, id: 'sales' },
    ];
    await request(store, theirs, 'create_and_start');
    const before = await world.find(theirs);
    await request(store, mine, 'create_and_start');
    await request(store, mine, 'stop');
    await (await world.claim(mine)).ownership.remove();
    expect(await world.find(theirs)).toEqual(before);
    expect(await world.redis.zrange(world.keys.active, '0', '-1')).toEqual([sessionKey(theirs)]);
    expect((await store.list({ userId: other, limit: 10 })).items).toHaveLength(1);
    expect((await store.list({ userId: one, limit: 10 })).items).toEqual([]);
  });
});

describe('Metadata', () => {
  it('of half a megabyte passes through record, event and list unharmed', async () => {
    const metadata = {
      text: '\u0000"\\\n🎻'.repeat(70_000),
      list: Array.from({ length: 10_000 }, (_, index) => index),
    };
    const { heard, feed } = await feeds.start();
    await world.store().create(ANA, { start: true, metadata });
    await (await world.claim(ANA)).ownership.persist(snapshot());
    expect((await world.store().list({ limit: 1 })).items[0]?.metadata).toEqual(metadata);
    await expect.poll(() => heard.length).toBe(2);
    expect(heard.map((event) => event.type === 'session.snapshot' && event.session.metadata)).toEqual([
      metadata,
      metadata,
    ]);
    await feed.stop();
  });

  it('keeps every number and every key that JSON can hold', async () => {
    const metadata = {
      big: Number.MAX_SAFE_INTEGER,
      small: 5e-324,
      deep: [[[[{ a: [null, true, ''] }]]]],
      empty: {},
      none: [],
      constructor: 'x',
    };
    await world.store().create(ANA, { start: false, metadata });
    expect((await world.find(ANA)).session.metadata).toEqual(metadata);
  });
});

describe('Numbers', () => {
  it('of an epoch as large as they may be stay whole through every script', async () => {
    await request(world.store(), ANA, 'create_and_start');
    await world.redis.hset(world.keys.session(sessionKey(ANA)), 'epoch', String(Number.MAX_SAFE_INTEGER - 1));
    const { ownership } = await world.claim(ANA);
    expect(await ownership.persist(snapshot())).toBe(2);
    await ownership.append('message.received', {});
    expect(await ownership.release(0)).toBe('wanted');
    expect((await world.events())[1]?.fields['epoch']).toBe(String(Number.MAX_SAFE_INTEGER));
  });

  it('of a time far ahead stay whole in record, history and order', async () => {
    await request(world.store(), ANA, 'create');
    const began = world.now;
    world.now = 253_402_300_799_999;
    await request(world.store(), ANA, 'start');
    expect((await world.find(ANA)).session.since).toBe('9999-12-31T23:59:59.999Z');
    const [entry] = await world.redis.xrange(world.keys.history(sessionKey(ANA)), '-', '+');
    expect(entry?.[1]).toContain(String(world.now - began));
    expect(await world.redis.zscore(world.keys.active, sessionKey(ANA))).toBe(String(world.now));
  });
});
