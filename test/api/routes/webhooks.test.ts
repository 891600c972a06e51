import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { Receiver } from '../../../src/test-kit/receiver.ts';
import { ApiFixture, read } from '../api-fixture.ts';

let api: ApiFixture;
beforeAll(async () => {
  api = await ApiFixture.open();
});
beforeEach(() => api.renew());
afterAll(() => api.close());

const URL_OF_ANA = 'https://hooks.example.com/in';
const create = async (json: object = {}, sub = 'ana') =>
  api.call('POST', '/api/webhooks', { as: await api.token({ sub }), json: { url: URL_OF_ANA, ...json } });
const created = async (json: object = {}) => read(await create(json));

describe('/api/webhooks', () => {
  it('makes an endpoint, and shows its secret this once', async () => {
    const answer = await create({ events: ['message.received'], headers: { authorization: 'Bearer x' } });
    const webhook = await read(answer);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/api/webhooks/${String(webhook['id'])}`);
    expect(webhook).toMatchObject({
      url: URL_OF_ANA,
      userId: 'ana',
      events: ['message.received'],
      sessions: null,
      payload: 'full',
      order: 'session',
      enabled: true,
      state: 'active',
      lag: 0,
      headers: { authorization: 'Bearer x' },
    });
    expect(webhook['secret']).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown = await read(await api.call('GET', `/api/webhooks/${String(webhook['id'])}`));
    expect(shown).not.toHaveProperty('secret');
    const kept = JSON.stringify(await api.stored.redis.hgetall(api.stored.keys.webhook(String(webhook['id']))));
    expect(kept).not.toContain(String(webhook['secret']).slice(6));
    expect(kept).not.toContain('Bearer x');
    expect(await read(await api.call('GET', '/api/webhooks'))).toEqual({ items: [shown] });
  });

  it.each([
    ['a loopback address in another form', 'https://0x7f000001/', 'public'],
    ['a name that resolves inwards', 'https://inward.example.com/', 'public'],
    ['a password', 'https://me:pw@hooks.example.com/', 'password'],
    ['another scheme', 'ftp://hooks.example.com/', 'https://'],
  ])('refuses a URL with %s', async (_, url, word) => {
    // The fixture lets plain loopback through, for receivers of tests.
    const refused = await create({ url: url.replace('0x7f000001', '0x0a000001') });
    expect(refused.status).toBe(400);
    expect(await read(refused)).toMatchObject({
      code: 'WEBHOOK_URL_REFUSED',
      detail: expect.stringContaining(word) as unknown,
    });
  });

  it.each([
    ['no URL', { url: 'hooks' }, 'url'],
    ['an event there is not', { events: ['message.sung'] }, 'events.0'],
    ['no events', { events: [] }, 'events'],
    ['a header that signs', { headers: { 'Webhook-Signature': 'v1,x' } }, 'headers.Webhook-Signature'],
    ['a header that frames', { headers: { 'content-length': '1' } }, 'headers.content-length'],
    ['a header of two lines', { headers: { 'x-a': 'b\r\nc: d' } }, 'headers.x-a'],
    ['a filter there is not', { filter: { chats: ['x'] } }, 'filter.chats'],
    ['a field there is not', { colour: 'red' }, 'colour'],
  ])('refuses %s, and names it', async (_, json, path) => {
    const refused = await create(json);
    expect(refused.status).toBe(400);
    expect(await read(refused)).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path }] });
  });

  it('takes twenty of a user, and no more', async () => {
    for (let count = 0; count < 20; count += 1) expect((await create()).status).toBe(201);
    const refused = await create();
    expect(refused.status).toBe(429);
    expect(await read(refused)).toMatchObject({ code: 'USER_LIMIT', limit: 20 });
    expect((await create({}, 'ben')).status).toBe(201);
  });

  it('changes what is given and leaves the rest', async () => {
    const { id } = await created({ events: ['message.received'], headers: { 'x-a': 'b' } });
    const changed = await read(await api.call('PATCH', `/api/webhooks/${String(id)}`, { json: { enabled: false } }));
    expect(changed).toMatchObject({ enabled: false, state: 'disabled', disabledBy: 'user', headers: { 'x-a': 'b' } });
    const enabled = await read(await api.call('POST', `/api/webhooks/${String(id)}/enable`));
    expect(enabled).toMatchObject({ enabled: true, state: 'active', disabledBy: null, events: ['message.received'] });
    const moved = await api.call('PATCH', `/api/webhooks/${String(id)}`, { json: { url: 'https://10.0.0.1/' } });
    expect(await read(moved)).toMatchObject({ code: 'WEBHOOK_URL_REFUSED' });
  });

  it('shows nobody another user’s, but an admin', async () => {
    const { id } = await created();
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/test'],
      ['POST', '/rotate-secret'],
      ['POST', '/enable'],
      ['POST', '/redrive'],
      ['GET', '/deliveries'],
      ['GET', '/dead-letters'],
    ] as const) {
      const refused = await api.call(method, `/api/webhooks/${String(id)}${path}`, {
        as: await api.token({ sub: 'ben' }),
      });
      expect([path, refused.status]).toEqual([path, 404]);
      expect(await read(refused)).toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('deletes it with all that is known of it', async () => {
    const { id } = await created();
    expect((await api.call('DELETE', `/api/webhooks/${String(id)}`)).status).toBe(204);
    expect((await api.call('GET', `/api/webhooks/${String(id)}`)).status).toBe(404);
    expect(await api.stored.redis.keys(`${api.stored.keys.prefix}:webhook*`)).toEqual([]);
  });

  it('delivers a test now, and lists the attempt without a word of what was said', async () => {
    const receiver = await Receiver.start();
    onTestFinished(() => receiver.close());
    const { id, secret } = await created({ url: receiver.url });
    receiver.secret = String(secret);
    const path = `/api/webhooks/${String(id)}`;
    expect(await read(await api.call('POST', `${path}/test`))).toEqual({
      delivered: true,
      status: 200,
      ms: expect.any(Number) as unknown,
      error: null,
    });
    expect(receiver.deliveries).toMatchObject([{ type: 'webhook.test', data: { userId: 'ana', webhookId: id } }]);
    receiver.fail(500, 1);
    expect(await read(await api.call('POST', `${path}/test`))).toMatchObject({ delivered: false, error: 'HTTP_500' });
    const page = await read(await api.call('GET', `${path}/deliveries?limit=1`));
    expect(page).toEqual({
      items: [
        {
          webhookId: expect.stringMatching(/^evt_test_/) as unknown,
          type: 'webhook.test',
          sessionId: '',
          at: expect.any(String) as unknown,
          attempt: 1,
          status: 500,
          ms: expect.any(Number) as unknown,
          error: 'HTTP_500',
          outcome: 'failed',
        },
      ],
      nextCursor: expect.any(String) as unknown,
    });
    const rest = await read(await api.call('GET', `${path}/deliveries?cursor=${String(page['nextCursor'])}`));
    expect(rest).toMatchObject({ items: [{ status: 200, outcome: 'delivered' }], nextCursor: null });
  });

  it('makes a new secret, and signs with both for a while', async () => {
    const { id, secret } = await created();
    const rotated = await read(await api.call('POST', `/api/webhooks/${String(id)}/rotate-secret`, { json: {} }));
    expect(rotated['secret']).toMatch(/^whsec_/);
    expect(rotated['secret']).not.toBe(secret);
    expect((await api.call('POST', `/api/webhooks/${String(id)}/rotate-secret`)).status).toBe(200);
  });

  it('takes a replay, and refuses one without a time', async () => {
    const { id } = await created();
    const path = `/api/webhooks/${String(id)}/replay`;
    expect((await api.call('POST', path, { json: { from: new Date(Date.now() - 1_000).toISOString() } })).status).toBe(
      202,
    );
    expect(await read(await api.call('POST', path, { json: { from: 'yesterday' } }))).toMatchObject({
      code: 'INVALID_REQUEST',
      errors: [{ path: 'from' }],
    });
  });
});
