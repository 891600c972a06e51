import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fixture.call('POST', '/api/sessions', { body, headers });
const fields = async (response: Response): Promise<unknown[]> => {
  expect(response.status).toBe(400);
  const { errors } = await read(response);
  return (errors as { path: string }[]).map(({ path }) => path); // INVALID_REQUEST always carries them
};

describe('a bad request', () => {
  it.each([
    [{}, ['id']],
    [{ id: '' }, ['id']],
    [{ id: '-a' }, ['id']],
    [{ id: '../etc' }, ['id']],
    [{ id: 'a\r\nset-cookie: x=y' }, ['id']],
    [{ id: 'a'.repeat(65) }, ['id']],
    [{ id: 'é' }, ['id']],
    [{ id: 7 }, ['id']],
    [{ id: 'a', start: 'yes' }, ['start']],
    [{ id: 'a', pairWith: '123' }, ['pairWith']],
    [{ id: 'a', metadata: [] }, ['metadata']],
    [{ id: 'a', metadata: { ['k'.repeat(65)]: 1 } }, [`metadata.${'k'.repeat(65)}`]],
    [
      { id: 'a', metadata: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 1])) },
      ['metadata'],
    ],
    [{ id: 'a', userId: 'bob' }, ['userId']],
    [{ id: 'a', state: 'ready', rev: 3 }, ['state', 'rev']],
    [[{ id: 'a' }], ['']],
    ['a', ['']],
    [null, ['']],
  ])('names the fields at fault: %j', async (json, paths) => {
    expect(await fields(await post(JSON.stringify(json)))).toEqual(paths);
  });

  it('in JSON names the whole body', async () => {
    for (const body of ['{', '{"id":"a",}', "{'id':'a'}", '\u0000'])
      expect(await fields(await post(body))).toEqual(['']);
  });

  it('in another format names the content type', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'nonsense',
    ]) {
      expect(await fields(await post('{"id":"a"}', { 'content-type': type }))).toEqual(['content-type']);
    }
    expect((await post('{"id":"a"}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(201);
  });

  it('nested thousands deep is one too, not an overflow', async () => {
    expect(await fields(await post(`{"id":"a","metadata":{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`))).toEqual([
      'metadata',
    ]);
  });

  it('leaves no prototype behind', async () => {
    const response = await post('{"id":"a","metadata":{"__proto__":{"polluted":true},"constructor":1}}');
    expect(response.status).toBeLessThan(500);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['%0d%0aset-cookie:%20a=b', 'a%00', '%F0%28', '..%2f..', 'a b', '%'])(
    'with the id %s in its path names the id',
    async (id) => {
      const response = await fixture.call('GET', `/api/sessions/${id}`);
      expect(response.headers.get('set-cookie')).toBeNull();
      expect(await fields(response)).toEqual(['id']);
    },
  );

  it('with a field in its query that is not known names that', async () => {
    await post('{"id":"a"}');
    for (const path of ['', '/status', '/qr', '/events', '/history'])
      expect(await fields(await fixture.call('GET', `/api/sessions/a${path}?verbose=1`))).toEqual(['verbose']);
  });
});

describe('a body', () => {
  it('larger than 64 KB is refused by its length, and without one by what comes', async () => {
    const large = JSON.stringify({ id: 'a', metadata: { text: 'x'.repeat(65 * 1024) } });
    const announced = await post(large, { 'content-type': 'application/json', 'content-length': String(large.length) });
    expect(announced.status).toBe(413);
    expect(await read(announced)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect((await post(large)).status).toBe(413);
    expect((await post(`{"id":"a"}${' '.repeat(65_000)}`)).status).toBe(201);
  });
});

describe('a route', () => {
  it('that does not exist is NOT_FOUND, inside the API and outside', async () => {
    for (const path of [
      '/api/nothing',
      '/nothing',
      '/api/sessions/a/b/c',
      '/.env',
      '/docs/../package.json',
      '/docs/package.json',
    ]) {
      const response = await fixture.call('GET', path);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await read(response)).toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('that lacks the method says which it has', async () => {
    const response = await fixture.call('PUT', '/api/sessions');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('POST');
    expect(await read(response)).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });
});

describe('a request id', () => {
  it('of the client’s is kept when it is harmless', async () => {
    const response = await fixture.call('GET', '/api/sessions/none', { headers: { 'x-request-id': 'trace-1' } });
    expect(response.headers.get('x-request-id')).toBe('trace-1');
    expect(await read(response)).toMatchObject({ requestId: 'trace-1' });
  });

  it.each(['a b', '<script>', 'x'.repeat(65), 'a"b', 'ä'])('like %s is replaced', async (id) => {
    const response = await fixture.call('GET', '/api/sessions', { headers: { 'x-request-id': id } });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a failure that nobody foresaw', () => {
  it('is INTERNAL, tells nothing, and is logged with its origin', async () => {
    await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
    await fixture.stored.redis.xadd(fixture.stored.keys.history('ana/sales'), '99-0', 'at', '{"secret": "/root/path"');
    const response = await fixture.call('GET', '/api/sessions/sales/history');
    expect(response.status).toBe(500);
    const problem = await read(response);
    expect(problem).toMatchObject({ code: 'INTERNAL' });
    expect(JSON.stringify(problem)).not.toMatch(/secret|root|Zod|at /);
    const logged = fixture.log.find((line) => 'err' in line);
    expect(logged).toMatchObject({ requestId: problem['requestId'], route: '/api/sessions/:id/history' });
    expect(JSON.stringify(logged)).toContain('session-store');
  });

  it('of the store is STORE_UNAVAILABLE', async () => {
    const { redis } = fixture.stored;
    await redis.config('SET', 'maxmemory', '1');
    const response = await post('{"id":"a"}');
    await redis.config('SET', 'maxmemory', '0');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await read(response)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      detail: 'The store cannot keep anything now: its disk or its memory is full.',
    });
  });
});

describe('the log', () => {
  it('has one line for each request, with the route rather than the URL', async () => {
    await fixture.call('POST', '/api/sessions', { json: { id: 'sales', pairWith: '5215550001111' } });
    await fixture.call('GET', '/api/sessions/sales/qr?ticket=secret-ticket');
    await fixture.call('GET', '/api/sessions/no%0aline');
    await fixture.call('GET', '/nothing');
    const lines = fixture.log.map(
      ({ requestId: _id, time: _time, pid: _pid, hostname: _host, durationMs, ...line }) => ({
        ...line,
        timed: typeof durationMs,
      }),
    );
    expect(lines).toEqual([
      {
        level: 30,
        method: 'POST',
        route: '/api/sessions',
        status: 201,
        userId: 'ana',
        msg: 'request',
        timed: 'number',
      },
      {
        level: 30,
        method: 'GET',
        route: '/api/sessions/:id/qr',
        status: 409,
        userId: 'ana',
        sessionId: 'sales',
        msg: 'request',
        timed: 'number',
      },
      {
        level: 30,
        method: 'GET',
        route: '/api/sessions/:id',
        status: 400,
        userId: 'ana',
        msg: 'request',
        timed: 'number',
      },
      { level: 30, method: 'GET', route: 'unmatched', status: 404, msg: 'request', timed: 'number' },
    ]);
  });

  it('never holds a token, a ticket or a phone number', async () => {
    const as = await fixture.token();
    await fixture.call('POST', '/api/sessions', { as, json: { id: 'sales', pairWith: '5215550001111' } });
    await fixture.call('POST', '/api/sessions/sales/pairing-code', { as, json: { phoneNumber: '5215550001111' } });
    await fixture.call('GET', '/api/events?ticket=secret-ticket', { as: null });
    await fixture.call('GET', `/api/sessions?access_token=${as}`, { as });
    const text = JSON.stringify(fixture.log);
    for (const secret of [as, as.split('.')[2] ?? '', 'secret-ticket', '5215550001111'])
      expect(text).not.toContain(secret);
  });
});

describe('browsers', () => {
  it('of allowed origins may call, and read what they need', async () => {
    await fixture.renew({ corsOrigins: ['https://app.test'] });
    const preflight = await fixture.app.request('/api/sessions', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Last-Event-ID/);
    const response = await fixture.call('GET', '/api/sessions', { headers: { origin: 'https://app.test' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(response.headers.get('access-control-expose-headers')).toMatch(/ETag.*Retry-After.*X-Request-Id/);
    expect(response.headers.get('vary')).toContain('Origin');
    const refused = await fixture.call('GET', '/api/sessions/none', { headers: { origin: 'https://app.test' } });
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.test');
  });

  it('of other origins may not', async () => {
    await fixture.renew({ corsOrigins: ['https://app.test'] });
    for (const origin of ['https://evil.test', 'https://app.test.evil.test', 'null']) {
      expect(
        (await fixture.call('GET', '/api/sessions', { headers: { origin } })).headers.get(
          'access-control-allow-origin',
        ),
      ).toBeNull();
    }
    await fixture.renew();
    expect(
      (await fixture.call('GET', '/api/sessions', { headers: { origin: 'https://app.test' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull();
  });

  it('are told to run and frame nothing', async () => {
    for (const response of [
      await fixture.call('GET', '/api/sessions'),
      await fixture.call('GET', '/nothing', { as: null }),
      await fixture.call('GET', '/health/live'),
    ]) {
      expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('of the store keeps nobody from reading how a session last was', async () => {
    await post('{"id":"sales"}');
    const before = await read(await fixture.call('GET', '/api/sessions/sales'));
    const { pid } = fixture.stored.server;
    process.kill(pid, 'SIGSTOP');
    try {
      const [session, status, other] = await Promise.all(
        ['sales', 'sales/status', 'other'].map((path) => fixture.call('GET', `/api/sessions/${path}`)),
      );
      expect(session?.status).toBe(200);
      expect(Number(session?.headers.get('age'))).toBeGreaterThan(0);
      expect(session === undefined ? null : await read(session)).toEqual(before);
      expect(status?.status).toBe(200);
      expect(other?.status).toBe(503);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect((await fixture.call('GET', '/api/sessions/sales')).headers.has('age')).toBe(false);
  });
});
