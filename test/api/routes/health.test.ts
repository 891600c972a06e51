import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createHealthApp } from '../../../src/api/app.ts';
import { ProcessLifecycle } from '../../../src/api/http/lifecycle.ts';
import { createTokenVerifier } from '../../../src/api/auth/tokens.ts';
import { TicketStore } from '../../../src/store/tickets.ts';
import { ApiFixture, HEALTHY, NO_METRICS, read, SECRET } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const word = async (path: string): Promise<[number, string]> => {
  const response = await fixture.call('GET', path, { as: null });
  return [response.status, await response.text()];
};

describe('/health/live', () => {
  it('says live, or stuck', async () => {
    expect(await word('/health/live')).toEqual([200, 'live']);
    await fixture.renew({ health: { ...HEALTHY, alive: () => false } });
    expect(await word('/health/live')).toEqual([503, 'stuck']);
  });
});

describe('/health/ready', () => {
  it('says ready while serving', async () => {
    expect(await word('/health/ready')).toEqual([200, 'ready']);
  });

  it('says starting before, and draining after', async () => {
    await fixture.renew({ lifecycle: new ProcessLifecycle() });
    expect(await word('/health/ready')).toEqual([503, 'starting']);
    await fixture.renew();
    fixture.lifecycle.drain();
    expect(await word('/health/ready')).toEqual([503, 'draining']);
  });

  it.each([
    ['is down', () => ({ status: 'down' as const, latencyMs: null })],
    ['fails', () => Promise.reject(new Error('connect ENOENT /secret/path'))],
  ])('says store when Redis %s, and nothing of why', async (_name, redis) => {
    await fixture.renew({ health: { ...HEALTHY, redis } });
    expect(await word('/health/ready')).toEqual([503, 'store']);
  });
});

describe('/health', () => {
  it('needs a token', async () => {
    expect((await word('/health'))[0]).toBe(401);
  });

  it.each([
    ['redis', { redis: () => ({ status: 'up' as const, latencyMs: 1, policy: 'allkeys-lru' }) }],
    ['pages', { pages: () => ({ ready: 2, receive: 2, send: 1, media: 2, chats: 2 }) }],
    ['queue', { queue: () => ({ waiting: 1, active: 0, capacity: 0, heldBy: 'no_node' as const }) }],
  ])(
    'is degraded because of its %s where Redis evicts, a page lacks something, or no node lives',
    async (part, over) => {
      await fixture.renew({ health: { ...HEALTHY, ...over } });
      expect(await read(await fixture.call('GET', '/health'))).toMatchObject({ status: 'degraded', because: [part] });
    },
  );

  it('tells the parts', async () => {
    expect(await read(await fixture.call('GET', '/health'))).toMatchObject({
      status: 'ok',
      because: [],
      phase: 'serving',
      redis: { status: 'up' },
      browser: { status: 'found' },
      sessions: { ready: 1 },
      queue: { capacity: 4 },
      launches: { waiting: 0, inFlight: 0 },
      breaker: { state: 'closed' },
      pressure: { level: 'normal' },
      versions: { service: '0.0.0' },
    });
  });

  it('tells the others when one fails or hangs', async () => {
    const browser = () => Promise.reject(new Error('gone'));
    await fixture.renew({ health: { ...HEALTHY, browser, queue: () => new Promise(() => undefined) } });
    expect(await read(await fixture.call('GET', '/health'))).toMatchObject({
      status: 'degraded',
      because: ['browser', 'queue'],
      browser: null,
      queue: null,
      redis: { status: 'up' },
    });
  });

  it('is degraded while the profiles have too little room, or a page stores nothing there', async () => {
    const place = { isInMemory: true, totalBytes: 1e9, freeBytes: 1e6, usedBytes: 9e8, notStoring: 0 };
    const profiles = { ...place, status: 'short' as const };
    await fixture.renew({ health: { ...HEALTHY, profiles: () => profiles } });
    expect(await read(await fixture.call('GET', '/health'))).toMatchObject({
      status: 'degraded',
      because: ['profiles'],
      profiles,
    });
    await fixture.renew({ health: { ...HEALTHY, profiles: () => ({ ...place, status: 'ok', notStoring: 1 }) } });
    expect(await read(await fixture.call('GET', '/health'))).toMatchObject({ because: ['profiles'] });
    await fixture.renew({ health: { ...HEALTHY, profiles: () => ({ ...place, status: 'ok' }) } });
    expect(await read(await fixture.call('GET', '/health'))).toMatchObject({ status: 'ok', because: [] });
  });

  it('is degraded while the breaker keeps sessions from launching, and says so', async () => {
    await fixture.renew({ health: { ...HEALTHY, breaker: () => ({ state: 'open' }) } });
    expect(await read(await fixture.call('GET', '/health'))).toMatchObject({
      status: 'degraded',
      because: ['breaker'],
      breaker: { state: 'open' },
    });
    await fixture.renew({
      health: { ...HEALTHY, breaker: () => ({ state: 'resuming' }), pressure: () => ({ level: 'high' }) },
    });
    expect(await read(await fixture.call('GET', '/health'))).toMatchObject({
      status: 'ok',
      breaker: { state: 'resuming' },
      pressure: { level: 'high' },
    });
  });
});

it('a process that only runs sessions serves health and metrics, and nothing else', async () => {
  const { redis, keys } = fixture.stored;
  const now = (): number => Date.now();
  const app = createHealthApp({
    verifier: createTokenVerifier({ secret: SECRET, jwksUrl: null, now }),
    tickets: new TicketStore({ redis, keys, now, createId: () => 'id' }),
    health: HEALTHY,
    metrics: NO_METRICS,
    rateLimiter: null,
    metricsToken: 'the token of the metrics',
    lifecycle: fixture.lifecycle,
    logger: fixture.logger,
    now,
    createId: () => 'id',
    corsOrigins: [],
  });
  const headers = { authorization: `Bearer ${await fixture.token({ scope: 'admin' })}` };
  const metrics = await app.request('/metrics', { headers: { authorization: 'Bearer the-token' } });
  expect(metrics.status).toBe(401);
  const statuses = await Promise.all(
    ['/health/live', '/health/ready', '/health', '/api/sessions', '/openapi.json', '/docs'].map(
      async (path) => (await app.request(path, { headers })).status,
    ),
  );
  expect(statuses).toEqual([200, 200, 200, 404, 404, 404]);
});
