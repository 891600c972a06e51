import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sessionKey, type SessionAddress, type SessionState } from '../../src/domain/session.ts';
import { ANA, request, snapshot, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const STRANGE_USERS = [
  'ana',
  'ana/',
  'ana/x',
  'ana%2Fx',
  'ana:1',
  'ana-b',
  'ana b',
  'Ana',
  '日本語',
  '🎻',
  '%',
  '..',
  '\n',
  '\u0000',
  "o'hara",
  '*',
  '[a-z]',
  '(x',
  '+',
  '-',
  'a'.repeat(128),
];

async function populate(addresses: readonly SessionAddress[]): Promise<void> {
  await Promise.all(addresses.map((address) => request(fixture.store(), address, 'create')));
}

async function allPages(limit: number, filter: { userId?: string; state?: SessionState }): Promise<SessionAddress[][]> {
  const pages: SessionAddress[][] = [];
  let cursor: string | undefined;
  do {
    const page = await fixture.store().list({ ...filter, limit, cursor });
    pages.push(page.items.map(({ userId, id }) => ({ userId, id })));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

const keysOf = (addresses: readonly SessionAddress[]) => addresses.map(sessionKey);

describe('Listing', () => {
  it('tells every session once over its pages, whatever the users are called', async () => {
    const addresses = STRANGE_USERS.flatMap((userId) => ['a', 'b.c', 'Z-9'].map((id) => ({ userId, id })));
    await populate(addresses);
    for (const limit of [1, 7, 200]) {
      const pages = await allPages(limit, {});
      expect(keysOf(pages.flat())).toEqual(keysOf(addresses).toSorted());
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
  });

  it('tells one user’s sessions and nobody else’s, whatever the users are called', async () => {
    await populate(STRANGE_USERS.flatMap((userId) => ['a', 'b'].map((id) => ({ userId, id }))));
    for (const userId of STRANGE_USERS)
      expect((await allPages(1, { userId })).flat()).toEqual([
        { userId, id: 'a' },
        { userId, id: 'b' },
      ]);
  });

  it('tells a user’s sessions together', async () => {
    await populate(STRANGE_USERS.flatMap((userId) => ['a', 'zz'].map((id) => ({ userId, id }))));
    const users = (await allPages(5, {})).flat().map(({ userId }) => userId);
    expect(users.filter((userId, index) => userId !== users[index - 1])).toHaveLength(STRANGE_USERS.length);
  });

  it('is complete and stable under a filter that leaves few, page by page', async () => {
    const addresses = Array.from({ length: 450 }, (_, index) => ({
      userId: 'ana',
      id: `s${String(index).padStart(3, '0')}`,
    }));
    await populate(addresses);
    const ready = addresses.filter((_, index) => [0, 199, 200, 201, 399, 400, 449].includes(index));
    for (const address of ready) await (await fixture.claim(address)).ownership.persist(snapshot());
    for (const filter of [{ userId: 'ana' }, {}]) {
      for (const limit of [1, 2, 7, 8]) {
        const pages = await allPages(limit, { ...filter, state: 'ready' });
        expect(pages.flat()).toEqual(ready);
        expect(pages).toHaveLength(Math.ceil(ready.length / limit));
      }
    }
  });

  it('ends without a cursor exactly when nothing more is to come', async () => {
    await populate(['a', 'b', 'c', 'd'].map((id) => ({ userId: 'ana', id })));
    expect(await allPages(2, { userId: 'ana' })).toHaveLength(2);
    expect(await allPages(4, { userId: 'ana' })).toHaveLength(1);
    expect((await fixture.store().list({ userId: 'nobody', limit: 5 })).items).toEqual([]);
  });

  it('goes on from its cursor when sessions come and go meanwhile', async () => {
    await populate(['b', 'd', 'f', 'h'].map((id) => ({ userId: 'ana', id })));
    const first = await fixture.store().list({ userId: 'ana', limit: 2 });
    await (await fixture.claim({ userId: 'ana', id: 'd' })).ownership.remove();
    await populate(['a', 'e'].map((id) => ({ userId: 'ana', id })));
    const second = await fixture.store().list({ userId: 'ana', limit: 10, cursor: first.nextCursor ?? undefined });
    expect(second.items.map(({ id }) => id)).toEqual(['e', 'f', 'h']);
  });

  it('survives any cursor that a caller may make up', async () => {
    await populate([ANA]);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (cursor) => {
        const { items } = await fixture.store().list({ userId: 'ana', limit: 10, cursor });
        expect(items.length).toBeLessThanOrEqual(1);
      }),
      { examples: [[''], ['+'], ['-'], ['[a'], ['(a'], ['\u0000'], ['\uffff']] },
    );
  });

  it('shows a damaged record as such, and it hides no other', async () => {
    await populate([ANA, { userId: ANA.userId, id: 'broken' }]);
    await fixture.redis.hset(fixture.keys.session(sessionKey({ userId: ANA.userId, id: 'broken' })), 'rev', 'seven');
    expect(keysOf((await allPages(10, {})).flat())).toEqual(['ana/broken', sessionKey(ANA)]);
    expect(keysOf((await allPages(10, { state: 'failed' })).flat())).toEqual(['ana/broken']);
    expect(keysOf((await allPages(10, { state: 'disconnected' })).flat())).toEqual([sessionKey(ANA)]);
  });

  it('tells nothing of a session that is gone from under its index', async () => {
    await populate([ANA, { userId: 'ana', id: 'zeta' }]);
    await fixture.redis.del(fixture.keys.session(sessionKey(ANA)));
    expect((await allPages(1, { userId: 'ana' })).flat()).toEqual([{ userId: 'ana', id: 'zeta' }]);
  });
});

describe('History', () => {
  it('is told newest first, over pages that neither repeat nor leave out', async () => {
    await request(fixture.store(), ANA, 'create_and_start');
    const { ownership } = await fixture.claim(ANA);
    for (let move = 0; move < 25; move += 1)
      await ownership.persist(snapshot({ value: move % 2 === 0 ? 'ready.online' : 'ready.unstable' }));
    const revs: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await fixture.store().history(ANA, 4, cursor);
      revs.push(...page.items.map(({ rev }) => rev));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(revs).toEqual(Array.from({ length: 26 }, (_, index) => 26 - index));
  });

  it('is empty for a session that never moved', async () => {
    await request(fixture.store(), ANA, 'create');
    expect(await fixture.store().history(ANA, 10)).toEqual({ items: [], nextCursor: null });
  });
});
