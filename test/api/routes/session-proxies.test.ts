import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const SALES = { userId: 'ana', id: 'sales' };
const PASSWORD = 'a-password';
const URL_WITH_PASSWORD = `socks5://user:${PASSWORD}@hooks.example.com:1080`;
const create = (proxy: unknown, more = {}) =>
  fixture.call('POST', '/api/sessions', { json: { id: 'sales', start: false, proxy, ...more } });
const present = async () => (await fixture.proxies?.of(SALES))?.proxy ?? null;

/** All that Redis holds, as one text. */
async function everything(): Promise<string> {
  const { redis } = fixture.stored;
  const keys = await redis.keys('*');
  const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
  return `${keys.join('\n')}\n${dumps.map(String).join('\n')}`;
}

it('A session’s proxy is kept sealed, opens for its page, and is never shown again', async () => {
  const response = await create({ url: URL_WITH_PASSWORD });
  expect(response.status).toBe(201);
  expect(await present()).toMatchObject({ host: 'hooks.example.com', user: { name: 'user', password: PASSWORD } });
  const shown = JSON.stringify([await read(response), await read(await fixture.call('GET', '/api/sessions/sales'))]);
  expect(shown).not.toContain('hooks.example.com');
  expect(await everything()).not.toContain(PASSWORD);
});

it('A session keeps its proxy until it is given another, or none', async () => {
  await create({ url: URL_WITH_PASSWORD });
  await create(undefined);
  expect(await present()).toMatchObject({ protocol: 'socks5' });
  await create({ url: 'http://hooks.example.com:3128' });
  expect(await present()).toMatchObject({ protocol: 'http', port: 3_128, user: null });
  await create(null);
  expect(await present()).toBeNull();
});

it('Nothing of a proxy is kept of a session that could not be created', async () => {
  await fixture.renew({}, { maxSessions: 1, maxSessionsPerUser: 1 });
  await fixture.call('POST', '/api/sessions', { json: { id: 'other' } });
  expect((await create({ url: URL_WITH_PASSWORD }, { start: true })).status).toBe(429);
  expect(await present()).toBeNull();
});

it.each([
  ['ftp://hooks.example.com', 'must be a URL'],
  ['http://hooks.example.com/path', 'must be a URL'],
  ['http://inward.example.com:3128', 'leads to an address that is not public'],
  ['socks5://10.0.0.1', 'leads to an address that is not public'],
])('"%s" is refused, with the field at fault', async (url, why) => {
  const response = await create({ url });
  expect(response.status).toBe(400);
  const { code, errors } = await read(response);
  expect(code).toBe('INVALID_REQUEST');
  expect(errors).toEqual([{ path: 'proxy.url', message: expect.stringContaining(why) as unknown }]);
  expect((await fixture.call('GET', '/api/sessions/sales')).status).toBe(404);
});
