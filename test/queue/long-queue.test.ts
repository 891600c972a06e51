import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import { sessionKey } from '../../src/domain/session.ts';
import { QueuePositions } from '../../src/queue/queue-positions.ts';
import { request, StoreFixture } from '../store/store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

it('in a long queue the head is kept current all the time, the tail less often, and in the end everybody shows the truth', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => ({ userId: `user-${index}`, id: 'a' }));
  const store = fixture.store({ maxSessions: 1_000 });
  await Promise.all(ids.map((address) => request(store, address, 'create_and_start')));
  const [interrupted, placed] = [
    `${fixture.keys.prefix}:test:wait`,
    `${fixture.keys.prefix}:test:prioritized`,
  ] as const;
  await fixture.redis.zadd(placed, ...ids.flatMap((address, index) => [index, sessionKey(address)]));
  const positions = new QueuePositions({
    redis: fixture.redis,
    keys: fixture.keys,
    jobs: { interrupted, placed },
    pace: { restMs: 50, tailMs: 1_000 },
    onError: (error) => expect.unreachable(String(error)),
  });
  const shows = (index: number, position: number) =>
    vi.waitFor(
      async () =>
        expect((await fixture.find(ids[index] ?? { userId: '', id: '' })).session.queue?.position).toBe(position),
      { timeout: 40_000, interval: 5 },
    );
  const takeNext = async () => {
    await fixture.redis.zpopmin(placed);
    positions.queueMoved();
  };

  positions.queueMoved();
  await shows(249, 250);
  await takeNext();
  await shows(1, 1);
  await takeNext();
  await shows(249, 248);
  await shows(2, 1);
  await positions.close();
  const told = (await fixture.events()).filter(
    ({ fields }) => fields['event'] === 'queue.moved' && fields['userId'] === 'user-249',
  );
  expect(told.map(({ fields }) => fields['queuePosition'])).toEqual(['250', '248']);
});
