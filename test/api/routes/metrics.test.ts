import type { Socket } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { AppDeps } from '../../../src/api/http/deps.ts';
import { listen } from '../../../src/api/http/listen.ts';
import { EventLoopMonitor } from '../../../src/observability/event-loop.ts';
import { createMetrics, type Metrics } from '../../../src/observability/metrics.ts';
import { readExposition, valueOf } from '../../observability/exposition.ts';
import { ApiFixture, read } from '../api-fixture.ts';
import { EventReader } from '../streams/event-reader.ts';

const TOKEN = 'the-token-of-the-metrics!';

let fixture: ApiFixture;
let eventLoop: EventLoopMonitor;
let metrics: Metrics;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(() => {
  eventLoop = new EventLoopMonitor();
  metrics = createMetrics({
    outboxes: async () => ({ depth: 0, oldestMs: 0 }),
    waiting: async () => 0,
    eventLoop,
    version: '0.0.0',
    now: () => performance.now(),
  });
});
afterEach(() => eventLoop.close());
afterAll(() => fixture.close());

const renew = (over: Partial<AppDeps> = {}): Promise<void> => fixture.renew({ metrics, ...over });

/** A request as the server would hand it on, from that peer. */
async function ask(
  peer: string | undefined,
  headers: Readonly<Record<string, string>> = {},
  url = 'http://localhost/metrics',
): Promise<Response> {
  const socket = { remoteAddress: peer } as unknown as Socket; // all that is looked at
  return fixture.app.request(url, { headers }, { incoming: { socket } });
}

describe('With METRICS_TOKEN', () => {
  beforeEach(() => renew({ metricsToken: TOKEN }));

  it('the numbers are for who has it, from wherever', async () => {
    const response = await ask(
      '203.0.113.9',
      { authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': '198.51.100.1' },
      'http://wa.example/metrics',
    );
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ]);
    expect(valueOf(readExposition(await response.text()), 'wa_event_streams')).toBe(0);
  });

  it.each([
    ['no token', {}],
    ['another', { authorization: 'Bearer the-token-of-the-metrics?' }],
    ['a beginning of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['it without the scheme', { authorization: TOKEN }],
    ['an empty one', { authorization: 'Bearer ' }],
  ])('%s is refused, from this machine too', async (_name, headers: Readonly<Record<string, string>>) => {
    const response = await ask('127.0.0.1', headers);
    expect([response.status, (await read(response))['code']]).toEqual([401, 'UNAUTHENTICATED']);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
  });

  it('a user’s token opens nothing, an admin’s neither', async () => {
    expect(
      (await ask('127.0.0.1', { authorization: `Bearer ${await fixture.token({ scope: 'admin' })}` })).status,
    ).toBe(401);
  });

  it('opens nothing else', async () => {
    expect((await fixture.call('GET', '/api/sessions', { as: TOKEN })).status).toBe(401);
  });
});

describe('Without METRICS_TOKEN', () => {
  beforeEach(() => renew());

  it.each([['127.0.0.1'], ['127.8.9.1'], ['::1'], ['::ffff:127.0.0.1']])('a caller at %s is answered', async (peer) => {
    expect((await ask(peer)).status).toBe(200);
  });

  it.each([['203.0.113.9'], ['10.0.0.1'], ['172.17.0.1'], ['::ffff:10.0.0.1'], ['fe80::1'], [undefined], ['']])(
    'a caller at %s is refused, and told what would help',
    async (peer) => {
      const response = await ask(peer);
      const { code, detail } = await read(response);
      expect([response.status, code]).toEqual([403, 'FORBIDDEN']);
      expect(detail).toContain('METRICS_TOKEN');
    },
  );

  it('no header makes a caller local', async () => {
    expect(
      (await ask('203.0.113.9', { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1', 'x-real-ip': '::1' }))
        .status,
    ).toBe(403);
  });

  it.each([['x-forwarded-for'], ['X-Forwarded-Proto'], ['Forwarded'], ['x-real-ip'], ['Via']])(
    'who comes through a proxy on this machine is refused: %s',
    async (header) => {
      const response = await ask('127.0.0.1', { [header]: 'anything' });
      expect(response.status).toBe(403);
      expect((await read(response))['detail']).toContain('METRICS_TOKEN');
    },
  );

  it('a page whose name was made to point here is refused', async () => {
    expect((await ask('127.0.0.1', {}, 'http://rebound.example:3000/metrics')).status).toBe(403);
    expect((await ask('::1', {}, 'http://[::1]:3000/metrics')).status).toBe(200);
  });

  it('a real connection from this machine is answered, and a HEAD of it', async () => {
    const listener = await listen(fixture.app, { host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${listener.port}/metrics`;
    const text = await (await fetch(url)).text();
    expect(readExposition(text).length).toBeGreaterThan(10);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    await listener.close(1_000);
  });
});

describe('Whatever the token', () => {
  it('pages of other origins get nothing, even where they may call the API', async () => {
    await renew({ corsOrigins: ['*'] });
    const headers = { origin: 'https://elsewhere.example' };
    expect((await ask('127.0.0.1', headers)).headers.get('access-control-allow-origin')).toBeNull();
    expect(
      (await fixture.call('GET', '/health/live', { as: null, headers })).headers.get('access-control-allow-origin'),
    ).toBe('*');
    const preflight = await fixture.app.request('/metrics', {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'GET' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([405, null]);
  });

  it('scrapes do not fill the log', async () => {
    await renew();
    await ask('127.0.0.1');
    expect(fixture.log.filter(({ route }) => route === '/metrics').map(({ level }) => level)).toEqual([20]);
  });

  it('clients that follow a stream are counted while they do', async () => {
    await renew();
    const streams = async () => valueOf(readExposition(await (await ask('127.0.0.1')).text()), 'wa_event_streams');
    const stream = new EventReader(await fixture.call('GET', '/api/events'));
    await stream.next();
    expect(await streams()).toBe(1);
    fixture.lifecycle.drain();
    await stream.rest();
    expect(await streams()).toBe(0);
  });
});
