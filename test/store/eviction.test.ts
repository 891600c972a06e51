import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { codeOf, request, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const ana = (id: string) => ({ userId: 'ana', id });
const evicting = () => fixture.store({ maxSessionsPerUser: 2, userLimitPolicy: 'evict-oldest' });

async function startInOrder(...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    fixture.now += 1_000;
    await request(evicting(), ana(id), 'create_and_start');
  }
}

describe('At a user’s limit, with the policy evict-oldest', () => {
  it('the least recently active session makes room, and says why it is stopped', async () => {
    await startInOrder('first', 'second', 'third');
    const { session } = (await fixture.find(ana('first'))) ?? {};
    expect(session).toMatchObject({ value: 'disconnected.evicted', reason: 'evicted', desired: 'stopped' });
    expect((await fixture.find(ana('third')))?.session).toMatchObject({ desired: 'running' });
    expect(await fixture.redis.zrange(fixture.keys.activeOf('ana'), '0', '-1')).toEqual(['ana/second', 'ana/third']);
  });

  it('a session that somebody runs is told to go, and its owner does the rest', async () => {
    await startInOrder('first', 'second');
    await fixture.claim(ana('first'));
    await startInOrder('third');
    const { session, intent } = (await fixture.find(ana('first'))) ?? {};
    expect(session).toMatchObject({ value: 'disconnected.queued', desired: 'stopped' });
    expect(intent?.evict).toBe(intent?.intentSeq);
    expect(intent?.handledSeq).toBeLessThan(intent?.intentSeq ?? 0);
  });

  it('nobody else’s session has to go', async () => {
    await request(evicting(), { userId: 'bo', id: 'a' }, 'create_and_start');
    await startInOrder('first', 'second', 'third');
    expect((await fixture.find({ userId: 'bo', id: 'a' }))?.session.desired).toBe('running');
  });

  it('a hundred starts at once leave as many running as the limit allows', async () => {
    const store = evicting();
    const codes = await Promise.all(
      Array.from({ length: 100 }, (_, index) => codeOf(request(store, ana(`s${index}`), 'create_and_start'))),
    );
    expect(new Set(codes)).toEqual(new Set(['accepted']));
    const { items } = await store.list({ userId: 'ana', limit: 200 });
    expect(items.filter(({ desired }) => desired === 'running')).toHaveLength(2);
  });

  it('the evicted one can be started again, and then another makes room', async () => {
    await startInOrder('first', 'second', 'third');
    fixture.now += 1_000;
    await request(evicting(), ana('first'), 'start');
    expect((await fixture.find(ana('first')))?.session).toMatchObject({
      value: 'disconnected.queued',
      desired: 'running',
    });
    expect((await fixture.find(ana('second')))?.session.reason).toBe('evicted');
  });
});
