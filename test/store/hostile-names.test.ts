import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { parseSessionKey, sessionKey, type SessionAddress } from '../../src/domain/session.ts';
import { scriptKeys } from '../../src/store/keys.ts';
import { Feeds } from './feeds.ts';
import { ANA, request, snapshot, StoreFixture, NEWS } from './store-fixture.ts';

let fixture: StoreFixture;
const feeds = new Feeds(() => fixture);
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

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
      fixture.keys.events,
      fixture.keys.wholeness,
      fixture.keys.active,
      fixture.keys.pendingErasures,
      fixture.keys.sessions,
      fixture.keys.departures,
      fixture.keys.outboxes,
      fixture.keys.outboxBells,
    ]);
    fc.assert(
      fc.property(address, address, (one, other) => {
        fc.pre(one.userId !== other.userId);
        const keys = new Set(Object.values(scriptKeys(fixture.keys, one)));
        for (const key of Object.values(scriptKeys(fixture.keys, other)))
          expect(keys.has(key) && !shared.has(key)).toBe(false);
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
        expect(new Set(Object.values(scriptKeys(fixture.keys, each))).size).toBe(23);
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
    const store = fixture.store({ maxSessionsPerUser: 1 });
    const [mine, theirs] = [
      { userId: one, id: 'sales' },
      { userId: other, id: 'sales' },
    ];
    await request(store, theirs, 'create_and_start');
    const before = await fixture.find(theirs);
    await request(store, mine, 'create_and_start');
    await request(store, mine, 'stop');
    await (await fixture.claim(mine)).ownership.remove();
    expect(await fixture.find(theirs)).toEqual(before);
    expect(await fixture.redis.zrange(fixture.keys.active, '0', '-1')).toEqual([sessionKey(theirs)]);
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
    await fixture.store().create(ANA, { start: true, metadata });
    await (await fixture.claim(ANA)).ownership.persist(snapshot());
    expect((await fixture.store().list({ limit: 1 })).items[0]?.metadata).toEqual(metadata);
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
    await fixture.store().create(ANA, { start: false, metadata });
    expect((await fixture.find(ANA)).session.metadata).toEqual(metadata);
  });
});

describe('Numbers', () => {
  it('of an epoch as large as they may be stay whole through every script', async () => {
    await request(fixture.store(), ANA, 'create_and_start');
    await fixture.redis.hset(fixture.keys.session(sessionKey(ANA)), 'epoch', String(Number.MAX_SAFE_INTEGER - 1));
    const { ownership } = await fixture.claim(ANA);
    expect(await ownership.persist(snapshot())).toBe(2);
    await ownership.tell(NEWS);
    expect(await ownership.release(0)).toBe('wanted');
    expect((await fixture.events())[1]?.fields['epoch']).toBe(String(Number.MAX_SAFE_INTEGER));
  });

  it('of a time far ahead stay whole in record, history and order', async () => {
    await request(fixture.store(), ANA, 'create');
    const began = fixture.now;
    fixture.now = 253_402_300_799_999;
    await request(fixture.store(), ANA, 'start');
    expect((await fixture.find(ANA)).session.since).toBe('9999-12-31T23:59:59.999Z');
    const [entry] = await fixture.redis.xrange(fixture.keys.history(sessionKey(ANA)), '-', '+');
    expect(entry?.[1]).toContain(String(fixture.now - began));
    expect(await fixture.redis.zscore(fixture.keys.active, sessionKey(ANA))).toBe(String(fixture.now));
  });
});
