import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { EMPTY_DETAIL } from '../../../src/store/session-hash.ts';
import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(async () => {
  await fixture.renew();
  await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
  const qr = { code: '2@abc', seq: 1, issuedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T00:00:20.000Z' };
  await fixture.persist('sales', { value: 'waiting_qr.code', tags: ['needs_scan'], detail: { ...EMPTY_DETAIL, qr } });
});
afterAll(() => fixture.close());

const ticketOf = async (scope?: string, sub = 'ana'): Promise<string> => {
  const as = await fixture.token({ sub, ...(scope !== undefined && { scope }) });
  return String((await read(await fixture.call('POST', '/api/tickets', { as })))['ticket']);
};
const open = (path: string, ticket: string) =>
  fixture.call('GET', `${path}${path.includes('?') ? '&' : '?'}ticket=${ticket}`, { as: null });

it('says how long it is good for', async () => {
  const before = Date.now();
  const { expiresAt } = await read(await fixture.call('POST', '/api/tickets'));
  const left = Date.parse(String(expiresAt)) - before;
  expect(left).toBeGreaterThanOrEqual(60_000);
  expect(left).toBeLessThan(70_000);
});

it.each(['/api/sessions/sales/qr', '/api/sessions/sales/qr?format=png', '/api/sessions/sales/events', '/api/events'])(
  'opens %s once',
  async (path) => {
    const ticket = await ticketOf();
    const first = await open(path, ticket);
    expect(first.status).toBe(200);
    await first.body?.cancel();
    expect((await open(path, ticket)).status).toBe(401);
  },
);

it.each([
  '/api/sessions',
  '/api/sessions/sales',
  '/api/sessions/sales/status',
  '/api/sessions/sales/history',
  '/health',
])('opens nothing at %s, and stays good', async (path) => {
  const ticket = await ticketOf();
  expect((await open(path, ticket)).status).toBe(401);
  expect((await open('/api/sessions/sales/qr', ticket)).status).toBe(200);
});

it('writes nothing, whatever token it was made with', async () => {
  for (const path of ['/api/sessions/sales/stop', '/api/sessions/events/stop', '/api/tickets']) {
    expect((await fixture.call('POST', `${path}?ticket=${await ticketOf('admin')}`, { as: null })).status).toBe(401);
  }
  expect(
    (await fixture.call('DELETE', `/api/sessions/qr?ticket=${await ticketOf('admin')}`, { as: null })).status,
  ).toBe(401);
});

it('of a read-only user reads', async () => {
  const response = await open('/api/sessions/sales/qr', await ticketOf('sessions:read'));
  expect(response.status).toBe(200);
});

it('names its user, and carries the scopes', async () => {
  expect((await open('/api/sessions/sales/qr', await ticketOf(undefined, 'bob'))).status).toBe(404);
  expect((await open('/api/users/ana/sessions/sales/qr', await ticketOf(undefined, 'ana'))).status).toBe(403);
  expect((await open('/api/users/ana/sessions/sales/qr', await ticketOf('admin', 'root'))).status).toBe(200);
});

it.each(['', 'unknown', '%00', 'x'.repeat(5_000)])('that was never given opens nothing (%#)', async (ticket) => {
  expect((await open('/api/events', ticket)).status).toBe(401);
});

it('that has expired opens nothing', async () => {
  const ticket = await ticketOf();
  await fixture.stored.redis.pexpire(fixture.stored.keys.ticket(ticket), 1);
  await expect.poll(() => fixture.stored.redis.exists(fixture.stored.keys.ticket(ticket))).toBe(0);
  expect((await open('/api/events', ticket)).status).toBe(401);
});

it('does not outlive the token it was made with', async () => {
  const as = await fixture.token({ expiresIn: 1 });
  const { ticket } = await read(await fixture.call('POST', '/api/tickets', { as }));
  await expect.poll(async () => (await fixture.call('GET', '/api/sessions', { as })).status).toBe(401);
  expect((await open('/api/events', String(ticket))).status).toBe(401);
});

it('can be had for reading streams while the node drains no more, but a ticket itself can', async () => {
  fixture.lifecycle.drain();
  expect((await fixture.call('POST', '/api/tickets')).status).toBe(200);
});
