import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sessionKey } from '../../src/domain/session.ts';
import { codeOf, request, settledSnapshot, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const counted = (codes: readonly string[], code: string) => codes.filter((each) => each === code).length;
const active = () => fixture.redis.zcard(fixture.keys.active);

describe('Under a hundred requests at once', () => {
  it('the fleet never runs one session too many', async () => {
    const store = fixture.store({ maxSessions: 37 });
    const codes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        codeOf(store.create({ userId: `user-${index}`, id: 'a' }, { start: true, metadata: {} })),
      ),
    );
    expect([counted(codes, 'accepted'), counted(codes, 'POOL_FULL')]).toEqual([37, 63]);
    expect(await active()).toBe(37);
    expect((await store.list({ limit: 200 })).items).toHaveLength(37);
  });

  it('a user never runs one session too many, and others are not held up by that', async () => {
    const store = fixture.store({ maxSessionsPerUser: 7 });
    const codes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        codeOf(
          store.create({ userId: index % 2 === 0 ? 'ana' : 'bo', id: `s${index}` }, { start: true, metadata: {} }),
        ),
      ),
    );
    expect([counted(codes, 'accepted'), counted(codes, 'USER_LIMIT')]).toEqual([14, 86]);
    expect(await fixture.redis.zcard(fixture.keys.activeOf('ana'))).toBe(7);
    expect(await fixture.redis.zcard(fixture.keys.activeOf('bo'))).toBe(7);
  });

  it('starts and stops mixed leave as many running as there are wanted running', async () => {
    const store = fixture.store({ maxSessions: 5 });
    const addresses = Array.from({ length: 20 }, (_, index) => ({ userId: 'ana', id: `s${index}` }));
    for (const address of addresses) await request(store, address, 'create');
    await Promise.all(
      addresses.flatMap((address) =>
        (['start', 'stop', 'start', 'restart', 'stop'] as const).map((action) =>
          codeOf(request(store, address, action)),
        ),
      ),
    );
    await Promise.all(addresses.map((address) => codeOf(request(store, address, 'start'))));
    const { items } = await store.list({ limit: 50 });
    expect(items.filter(({ desired }) => desired === 'running')).toHaveLength(5);
    expect(await active()).toBe(5);
  });
});

describe('A refused start', () => {
  const first = { userId: 'ana', id: 'first' };
  const second = { userId: 'ana', id: 'second' };

  it.each([
    { limits: { maxSessions: 1 }, code: 'POOL_FULL' },
    { limits: { maxSessionsPerUser: 1 }, code: 'USER_LIMIT' },
    { limits: { maxSessions: 1, maxSessionsPerUser: 1 }, code: 'USER_LIMIT' },
  ])('of a session that does not exist leaves nothing behind: $code with $limits', async ({ limits, code }) => {
    const store = fixture.store(limits);
    await request(store, first, 'create_and_start');
    const before = await fixture.contents();
    expect(await codeOf(request(store, second, 'create_and_start'))).toBe(code);
    expect(await fixture.contents()).toEqual(before);
    expect(await store.find(second)).toBeNull();
  });

  it.each(['start', 'restart', 'reconnect', 'create_and_start'] as const)(
    'of a session that exists leaves it as it was: %s',
    async (action) => {
      const store = fixture.store({ maxSessions: 1 });
      await request(store, first, 'create_and_start');
      await request(store, second, 'create');
      const before = await fixture.contents();
      expect(await codeOf(request(store, second, action))).toBe('POOL_FULL');
      expect(await fixture.contents()).toEqual(before);
    },
  );

  it('tells the limit in its message', async () => {
    const store = fixture.store({ maxSessions: 1 });
    await request(store, first, 'create_and_start');
    await expect(request(store, second, 'create_and_start')).rejects.toThrow('All 1 of 1 sessions are in use');
  });
});

describe('A place', () => {
  const first = { userId: 'ana', id: 'first' };
  const second = { userId: 'ana', id: 'second' };

  it.each(['stop', 'logout', 'delete'] as const)(
    'is free as soon as its session is asked to %s, before its owner has acted',
    async (action) => {
      const store = fixture.store({ maxSessions: 1 });
      await request(store, first, 'create_and_start');
      await fixture.claim(first);
      await request(store, first, action);
      expect(await codeOf(request(store, second, 'create_and_start'))).toBe('accepted');
    },
  );

  it('is free once its session has settled', async () => {
    const store = fixture.store({ maxSessions: 1 });
    await request(store, first, 'create_and_start');
    const { ownership } = await fixture.claim(first);
    await ownership.persist(settledSnapshot('disconnected.qr_expired', 'qr_expired', 1));
    expect(await codeOf(request(store, second, 'create_and_start'))).toBe('accepted');
  });

  it.each(['start', 'restart', 'reconnect'] as const)(
    'is not needed twice by a session that has one: %s in a full pool',
    async (action) => {
      const store = fixture.store({ maxSessions: 1, maxSessionsPerUser: 1 });
      await request(store, first, 'create_and_start');
      expect(await codeOf(request(store, first, action))).toBe('accepted');
      expect(await active()).toBe(1);
    },
  );

  it('is not needed by a session that is only created', async () => {
    const store = fixture.store({ maxSessions: 1 });
    await request(store, first, 'create_and_start');
    expect(await codeOf(request(store, second, 'create'))).toBe('accepted');
  });

  it('is not taken back by a stop of the session that gave it away, but by the one that has it', async () => {
    const store = fixture.store({ maxSessions: 1 });
    await request(store, first, 'create_and_start');
    await request(store, first, 'stop');
    await request(store, second, 'create_and_start');
    await request(store, first, 'stop');
    expect(await codeOf(request(store, first, 'start'))).toBe('POOL_FULL');
    await request(store, second, 'stop');
    expect(await codeOf(request(store, first, 'start'))).toBe('accepted');
  });

  it('is scored by the time of the last request, so that the order of last activity can be read', async () => {
    const store = fixture.store();
    for (const address of [first, second]) {
      fixture.now += 1_000;
      await request(store, address, 'create_and_start');
    }
    fixture.now += 1_000;
    await request(store, first, 'restart');
    expect(await fixture.redis.zrange(fixture.keys.active, '0', '-1')).toEqual([sessionKey(second), sessionKey(first)]);
  });
});
