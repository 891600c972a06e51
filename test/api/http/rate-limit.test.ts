import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';

import { createRateLimiter } from '../../../src/api/http/rate-limit.ts';
import { connectRedis } from '../../../src/store/connection.ts';
import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(() => fixture.renew({}, { ratePerMinute: 3 }));
afterAll(() => fixture.close());

const ask = (path = '/api/sessions', as?: string) => fixture.call('GET', path, as === undefined ? {} : { as });
const left = (response: Response) => Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]);

it('Each answer says how many requests are left, and of how many', async () => {
  const first = await ask();
  expect(first.headers.get('ratelimit-policy')).toBe('"minute";q=3;w=60');
  expect(first.headers.get('ratelimit')).toMatch(/^"minute";r=2;t=\d+$/);
  const missing = await ask('/api/sessions/none');
  expect(missing.status).toBe(404);
  expect(left(missing)).toBe(1);
});

it('One more than allowed is refused with when to come again, and nobody else is', async () => {
  for (const _ of [1, 2, 3]) expect((await ask()).status).toBe(200);
  const refused = await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
  expect(refused.status).toBe(429);
  expect(await read(refused)).toMatchObject({ code: 'RATE_LIMITED' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(left(refused)).toBe(0);
  const bob = await fixture.token({ sub: 'bob' });
  const other = await ask('/api/sessions/sales', bob);
  expect([other.status, left(other)]).toEqual([404, 2]);
});

it('What an admin asks for a user counts as the admin’s', async () => {
  const admin = await fixture.token({ sub: 'root', scope: 'admin' });
  expect(left(await ask('/api/users/ana/sessions', admin))).toBe(2);
  expect(left(await ask())).toBe(2);
});

it('Streams are not counted', async () => {
  const stream = await ask('/api/events');
  expect(stream.status).toBe(200);
  expect(stream.headers.has('ratelimit')).toBe(false);
  await stream.body?.cancel();
  expect(left(await ask())).toBe(2);
});

it('Two nodes count together', async () => {
  const { redis, keys } = fixture.stored;
  const [one, other] = [1, 2].map(() => createRateLimiter({ redis, prefix: keys.prefix, perMinute: 3 }));
  const counted = [
    await one?.count('eve'),
    await other?.count('eve'),
    await one?.count('eve'),
    await other?.count('eve'),
  ];
  expect(counted.map((each) => [each?.isOver, each?.remaining])).toEqual([
    [false, 2],
    [false, 1],
    [false, 0],
    [true, 0],
  ]);
});

it('While Redis is away each node counts by itself, and nobody waits or is refused for it', async () => {
  const gone = connectRedis({ kind: 'socket', path: '/tmp/there-is-no-such-socket' }, 'commands', () => undefined);
  onTestFinished(() => gone.disconnect());
  const alone = createRateLimiter({ redis: gone, prefix: 'none', perMinute: 1 });
  expect(await alone.count('eve')).toMatchObject({ isOver: false, remaining: 0 });
  expect(await alone.count('eve')).toMatchObject({ isOver: true });
});
