import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const create = (json: unknown) => fixture.call('POST', '/api/sessions', { json });

describe('POST /api/sessions', () => {
  it('answers 201 with the resource and where it is', async () => {
    const response = await create({ id: 'sales', metadata: { team: 'south' } });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('/api/sessions/sales');
    expect(await read(response)).toMatchObject({
      id: 'sales',
      userId: 'ana',
      state: 'disconnected',
      reason: 'queued',
      desired: 'running',
      rev: 1,
      metadata: { team: 'south' },
    });
  });

  it('answers 200 when the session exists, and starts it never twice', async () => {
    await create({ id: 'sales' });
    const response = await create({ id: 'sales' });
    expect(response.status).toBe(200);
    expect(await read(response)).toMatchObject({ rev: 1 });
  });

  it('makes one session of two requests at once', async () => {
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await create({ id: 'sales' })).status));
    expect(statuses.toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  });

  it('leaves a session stopped when start is false', async () => {
    expect(await read(await create({ id: 'sales', start: false }))).toMatchObject({
      desired: 'stopped',
      reason: 'never_started',
    });
    expect(await read(await create({ id: 'sales', start: false }))).toMatchObject({ desired: 'stopped', rev: 1 });
    expect(await read(await create({ id: 'sales' }))).toMatchObject({ desired: 'running' });
  });

  it('answers USER_LIMIT and POOL_FULL with the limit, and creates nothing', async () => {
    await fixture.renew({}, { maxSessions: 2, maxSessionsPerUser: 1 });
    await create({ id: 'a' });
    const tooMany = await create({ id: 'b' });
    expect(tooMany.status).toBe(429);
    expect(await read(tooMany)).toMatchObject({ code: 'USER_LIMIT', limit: 1 });
    expect((await fixture.call('GET', '/api/sessions/b')).status).toBe(404);
    const bob = await fixture.token({ sub: 'bob' });
    const eve = await fixture.token({ sub: 'eve' });
    await fixture.call('POST', '/api/sessions', { as: bob, json: { id: 'a' } });
    const full = await fixture.call('POST', '/api/sessions', { as: eve, json: { id: 'a' } });
    expect(full.status).toBe(503);
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
    expect(Number(full.headers.get('retry-after'))).toBeLessThanOrEqual(300);
    expect(await read(full)).toMatchObject({ code: 'POOL_FULL', limit: 2 });
  });

  it('waits for a former session of the id to be gone', async () => {
    await create({ id: 'sales' });
    await fixture.stored.store().record({ userId: 'ana', id: 'sales' }, { action: 'delete' });
    const created = create({ id: 'sales' });
    await fixture.remove('sales');
    expect((await created).status).toBe(201);
  });

  it('answers DELETION_PENDING when the former one does not go in time', async () => {
    await fixture.renew({ deadlines: { formerMs: 150 } });
    await create({ id: 'sales' });
    await fixture.stored.store().record({ userId: 'ana', id: 'sales' }, { action: 'delete' });
    const response = await create({ id: 'sales' });
    expect(response.status).toBe(409);
    expect(await read(response)).toMatchObject({ code: 'DELETION_PENDING' });
  });
});

describe('GET /api/sessions', () => {
  it('lists the caller’s sessions in pages', async () => {
    for (const id of ['a', 'b', 'c']) await create({ id });
    await fixture.call('POST', '/api/sessions', { as: await fixture.token({ sub: 'bob' }), json: { id: 'd' } });
    const first = await read(await fixture.call('GET', '/api/sessions?limit=2'));
    expect(first['items']).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    const second = await read(await fixture.call('GET', `/api/sessions?limit=2&cursor=${String(first['nextCursor'])}`));
    expect(second).toMatchObject({ items: [{ id: 'c' }], nextCursor: null });
  });

  it('lists everybody’s to an admin, and one user’s under that user', async () => {
    const admin = await fixture.token({ sub: 'root', scope: 'admin' });
    for (const sub of ['ana', 'bob', 'weird/user %'])
      await fixture.call('POST', '/api/sessions', { as: await fixture.token({ sub }), json: { id: 'sales' } });
    const all = await read(await fixture.call('GET', '/api/sessions?limit=2', { as: admin }));
    expect(all['items']).toMatchObject([{ userId: 'ana' }, { userId: 'bob' }]);
    const rest = await read(
      await fixture.call('GET', `/api/sessions?limit=2&cursor=${String(all['nextCursor'])}`, { as: admin }),
    );
    expect(rest['items']).toMatchObject([{ userId: 'weird/user %' }]);
    const one = await read(
      await fixture.call('GET', `/api/users/${encodeURIComponent('weird/user %')}/sessions`, { as: admin }),
    );
    expect(one['items']).toMatchObject([{ userId: 'weird/user %', id: 'sales' }]);
  });

  it('filters by state', async () => {
    await create({ id: 'a' });
    await create({ id: 'b' });
    await fixture.persist('b');
    expect(await read(await fixture.call('GET', '/api/sessions?state=ready'))).toMatchObject({ items: [{ id: 'b' }] });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=many', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['state=asleep', 'state'],
    ['stat=ready', 'stat'],
    ['cursor=garbled', 'cursor'],
    ['cursor=%00', 'cursor'],
    [`cursor=${Buffer.from('../x').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from('ana/sales').toString('base64url')}`, 'cursor'],
  ])('refuses ?%s by naming the field', async (query, field) => {
    const response = await fixture.call('GET', `/api/sessions?${query}`);
    expect(response.status).toBe(400);
    expect(await read(response)).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path: field }] });
  });
});

describe('one session', () => {
  it('is answered with its rev as ETag, and 304 to who has that', async () => {
    await create({ id: 'sales' });
    const response = await fixture.call('GET', '/api/sessions/sales');
    expect(response.headers.get('etag')).toBe('"1"');
    for (const known of ['"1"', 'W/"1"', '"0", "1"', '*']) {
      const again = await fixture.call('GET', '/api/sessions/sales', { headers: { 'if-none-match': known } });
      expect(again.status).toBe(304);
      expect(again.headers.get('etag')).toBe('"1"');
      expect(again.headers.get('x-request-id')).not.toBeNull();
      expect(await again.text()).toBe('');
    }
    await fixture.persist('sales');
    expect((await fixture.call('GET', '/api/sessions/sales', { headers: { 'if-none-match': '"1"' } })).status).toBe(
      200,
    );
  });

  it('has a small status', async () => {
    await create({ id: 'sales' });
    const { since } = await fixture.persist('sales');
    expect(await read(await fixture.call('GET', '/api/sessions/sales/status'))).toEqual({
      id: 'sales',
      state: 'ready',
      connected: true,
      phoneNumber: null,
      since,
      qrAvailable: false,
      rev: 2,
    });
  });

  it('has a history, newest first, in pages', async () => {
    await create({ id: 'sales' });
    await fixture.persist('sales', { value: 'authenticating.launching', event: 'browser.open' });
    await fixture.persist('sales', { value: 'ready.online', event: 'client.ready' });
    const first = await read(await fixture.call('GET', '/api/sessions/sales/history?limit=2'));
    expect(first['items']).toMatchObject([
      { rev: 3, from: 'authenticating.launching', to: 'ready.online', event: 'client.ready', nodeId: 'n1' },
      { rev: 2, from: 'disconnected.queued', to: 'authenticating.launching' },
    ]);
    const rest = await read(
      await fixture.call('GET', `/api/sessions/sales/history?cursor=${String(first['nextCursor'])}`),
    );
    expect(rest).toMatchObject({
      items: [{ rev: 1, to: 'disconnected.queued', event: 'intent.create_and_start' }],
      nextCursor: null,
    });
    const garbled = await fixture.call(
      'GET',
      `/api/sessions/sales/history?cursor=${Buffer.from('sales').toString('base64url')}`,
    );
    expect(await read(garbled)).toMatchObject({ errors: [{ path: 'cursor' }] });
  });

  it.each(['', '/status', '/history', '/qr', '/events'])(
    'that does not exist is SESSION_NOT_FOUND on GET …%s',
    async (path) => {
      const response = await fixture.call('GET', `/api/sessions/none${path}`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await read(response)).toMatchObject({ code: 'SESSION_NOT_FOUND', status: 404 });
    },
  );

  it('that is being deleted is gone for everybody but its deleter', async () => {
    await create({ id: 'sales' });
    await fixture.stored.store().record({ userId: 'ana', id: 'sales' }, { action: 'delete' });
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/history'],
      ['POST', '/start'],
      ['POST', '/stop'],
    ] as const) {
      expect((await fixture.call(method, `/api/sessions/sales${path}`)).status).toBe(404);
    }
  });
});
