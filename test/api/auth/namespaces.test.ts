import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(async () => {
  await fixture.renew();
  await fixture.call('POST', '/api/sessions', { json: { id: 'sales', metadata: { note: SECRET_NOTE } } });
});
afterAll(() => fixture.close());

const SECRET_NOTE = 'only ana may read this';
const admin = () => fixture.token({ sub: 'root', scope: 'admin' });

it('gives two users two sessions of one id', async () => {
  const bob = await fixture.token({ sub: 'bob' });
  expect((await fixture.call('GET', '/api/sessions/sales', { as: bob })).status).toBe(404);
  expect((await fixture.call('POST', '/api/sessions', { as: bob, json: { id: 'sales' } })).status).toBe(201);
  expect(await read(await fixture.call('GET', '/api/sessions/sales', { as: bob }))).toMatchObject({ userId: 'bob' });
});

it('answers 403 to a plain user under /api/users, whether or not anything is there, before all else', async () => {
  const bob = await fixture.token({ sub: 'bob' });
  for (const path of [
    'ana/sessions/sales',
    'ana/sessions',
    'nobody/sessions/none',
    'bob/sessions',
    'ana/events',
    'ana/sessions/!!',
    'ana/sessions?limit=x',
    '',
    'ana',
    'ana/nothing',
    '%00/sessions',
  ]) {
    expect((await fixture.call('GET', `/api/users/${path}`, { as: bob })).status).toBe(403);
  }
  expect(
    (
      await fixture.call('POST', '/api/users/ana/sessions', {
        as: bob,
        body: '{"',
        headers: { 'content-type': 'application/json' },
      })
    ).status,
  ).toBe(403);
});

it('lets an admin do all that the user can', async () => {
  const as = await admin();
  const base = '/api/users/ana/sessions';
  expect((await fixture.call('GET', `${base}/sales`, { as })).status).toBe(200);
  expect((await fixture.call('GET', `${base}/sales/status`, { as })).status).toBe(200);
  expect((await fixture.call('GET', `${base}/sales/history`, { as })).status).toBe(200);
  expect((await fixture.call('POST', `${base}/sales/stop`, { as })).status).toBe(202);
  const created = await fixture.call('POST', base, { as, json: { id: 'more' } });
  expect(created.headers.get('location')).toBe('/api/users/ana/sessions/more');
  expect(await read(await fixture.call('GET', '/api/sessions/more'))).toMatchObject({ userId: 'ana' });
});

it('gives an admin a namespace of its own', async () => {
  const as = await admin();
  expect((await fixture.call('GET', '/api/sessions/sales', { as })).status).toBe(404);
});

it.each(['x'.repeat(129), '%ED%A0%80'.repeat(15)])('refuses a user that cannot be (%#)', async (userId) => {
  const response = await fixture.call('GET', `/api/users/${userId}/sessions`, { as: await admin() });
  expect(response.status).toBe(400);
  expect(await read(response)).toMatchObject({ errors: [{ path: 'userId' }] });
});

it('lets no plain user reach another’s session, whatever its own name, the path or the body', async () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      'ana',
      'ana/sales',
      '../ana',
      'ana%2Fsales',
      '%61na',
      'ana\u0000',
      'sales',
      'Ana',
      'ana ',
      'an\u0061',
      '..',
      '*',
      'ana/sales/../sales',
      'users/ana',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  );
  const encoding = fc.constantFrom(
    (text: string) => text,
    encodeURIComponent,
    (text: string) => encodeURIComponent(encodeURIComponent(text)),
  );
  const suffix = fc.constantFrom('', '/status', '/history', '/events', '/qr', '/stop', '/logout');
  const shape = fc.constantFrom(
    (_user: string, id: string) => `/api/sessions/${id}`,
    (user: string, id: string) => `/api/users/${user}/sessions/${id}`,
    (user: string, id: string) => `/api/sessions/${user}/${id}`,
    (user: string, id: string) => `/api/sessions/${user}%2F${id}`,
    (user: string, id: string) => `/api/sessions/../users/${user}/sessions/${id}`,
    (user: string, id: string) => `/api//users/${user}/sessions/${id}`,
    (user: string, id: string) => `/%61pi/users/${user}/sessions/${id}`,
    (user: string, id: string) => `/api/sessions/${id}?userId=${user}`,
  );
  await fc.assert(
    fc.asyncProperty(
      hostile.filter((sub) => sub !== 'ana' && !/\p{Surrogate}/u.test(sub)),
      hostile,
      fc.oneof(fc.constant('sales'), hostile),
      encoding,
      suffix,
      shape,
      fc.constantFrom('GET', 'POST', 'DELETE'),
      async (sub, user, id, encode, end, path, method) => {
        const as = await fixture.token({ sub });
        let url: string;
        try {
          url = path(encode(user), `${encode(id)}${end}`);
        } catch {
          return; // encodeURIComponent cannot write it, so nobody can send it
        }
        const response = await fixture.call(method, url, { as, ...(method === 'POST' && { json: { userId: user } }) });
        const text =
          response.headers.get('content-type')?.startsWith('text/event-stream') === true ? '' : await response.text();
        await response.body?.cancel().catch(() => undefined);
        expect(text).not.toContain(SECRET_NOTE);
        expect(response.status).not.toBe(500);
        expect((await fixture.stored.find({ userId: 'ana', id: 'sales' })).intent).toMatchObject({
          desired: 'running',
          intentSeq: 1,
        });
      },
    ),
    { numRuns: 400 },
  );
});
