import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { ControlledClock } from '../../src/host/controlled-clock.ts';
import { StoreFixture } from '../store/store-fixture.ts';
import { WebhooksFixture } from './webhooks-fixture.ts';

const SALES = { userId: 'ana', id: 'sales' };
const SUPPORT = { userId: 'ana', id: 'support' };
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

let stored: StoreFixture;
let fixture: WebhooksFixture;
let clock: ControlledClock;
beforeAll(async () => {
  stored = await StoreFixture.open();
});
beforeEach(() => {
  stored.renew();
  clock = new ControlledClock();
  fixture = new WebhooksFixture(stored);
});
afterAll(() => stored.close());

const attemptsOf = (administration: Awaited<ReturnType<WebhooksFixture['node']>>['administration'], id: string) =>
  administration.deliveries('ana', id, 200, undefined).then(({ items }) => items.toReversed());

describe('A receiver that fails', () => {
  it.each([
    ['answers 503', { kind: 'status', status: 503 }, 503, 'HTTP_503'],
    ['cuts the connection', { kind: 'cut' }, null, 'ECONNRESET'],
    ['redirects', { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 302, 'HTTP_302'],
    ['never answers', { kind: 'hang' }, null, 'TIMEOUT'],
  ] as const)(
    'and %s gets the event again after five seconds, the later ones behind it',
    async (_, fault, status, error) => {
      const { administration } = await fixture.node({ clock, attemptMs: 1_000 });
      await fixture.session(SALES);
      const { id, receiver } = await fixture.endpoint(administration);
      receiver.fail(fault, 2);
      await fixture.changes(SALES, 3);
      await receiver.until(() => receiver.received.length === 1);
      await expect.poll(() => attemptsOf(administration, id)).toHaveLength(1);
      expect(await administration.get('ana', id)).toMatchObject({ state: 'failing' });
      await clock.advance(5_500);
      await receiver.until(() => receiver.received.length === 2);
      await expect.poll(() => attemptsOf(administration, id)).toHaveLength(2);
      await clock.advance(30_500);
      const deliveries = await receiver.takes(3);
      await expect.poll(() => attemptsOf(administration, id)).toHaveLength(5);
      const attempts = await attemptsOf(administration, id);
      expect(attempts.map(({ outcome }) => outcome)).toEqual([
        'failed',
        'failed',
        'delivered',
        'delivered',
        'delivered',
      ]);
      expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 1, 1]);
      expect(attempts[0]).toMatchObject({ status, error, webhookId: deliveries[0]?.id });
      expect(new Set(receiver.received.slice(0, 3).map(({ delivery }) => delivery?.id)).size).toBe(1);
      expect(await administration.get('ana', id)).toMatchObject({ state: 'active', failingSince: null, lag: 0 });
    },
  );

  it('and is down for ten minutes loses nothing, and holds up no other endpoint', async () => {
    const { administration } = await fixture.node({ clock });
    await fixture.session(SALES);
    await fixture.session(SUPPORT);
    const broken = await fixture.endpoint(administration);
    const other = await fixture.endpoint(administration);
    broken.receiver.fail(503);
    for (let minute = 0; minute < 10; minute += 1) {
      await Promise.all([fixture.changes(SALES, 2), fixture.changes(SUPPORT, 2)]);
      await other.receiver.takes((minute + 1) * 4);
      await clock.advance(MINUTE_MS);
    }
    expect(broken.receiver.deliveries).toEqual([]);
    expect((await administration.get('ana', broken.id)).lag).toBeGreaterThan(0);
    broken.receiver.recover();
    await clock.advance(10 * MINUTE_MS);
    const deliveries = await broken.receiver.takes(40);
    const sales = deliveries.filter(({ data }) => data.sessionId === 'sales').map(({ data }) => data.position);
    expect(sales).toEqual(
      other.receiver.deliveries.filter(({ data }) => data.sessionId === 'sales').map(({ data }) => data.position),
    );
    expect(broken.receiver.doubles).toBe(0);
  });

  it('and says when to come again is asked then', async () => {
    const { administration } = await fixture.node({ clock });
    await fixture.session(SALES);
    const { id, receiver } = await fixture.endpoint(administration);
    receiver.fail({ kind: 'status', status: 429, headers: { 'retry-after': '120' } }, 1);
    await fixture.changes(SALES, 1);
    await expect.poll(() => attemptsOf(administration, id)).toHaveLength(1);
    await clock.advance(119_000);
    expect(receiver.received).toHaveLength(1);
    await clock.advance(2_000);
    await receiver.takes(1);
  });

  it('and refuses one event for good has it among the dead letters after five times, and gets the next', async () => {
    const { administration } = await fixture.node({ clock });
    await fixture.session(SALES);
    const { id, receiver } = await fixture.endpoint(administration);
    receiver.fail(422, 5);
    await fixture.changes(SALES, 2);
    for (let time = 1; time <= 4; time += 1) {
      await expect.poll(() => attemptsOf(administration, id)).toHaveLength(time);
      await clock.advance(13 * MINUTE_MS);
    }
    const [next] = await receiver.takes(1);
    await expect.poll(() => attemptsOf(administration, id)).toHaveLength(6);
    const dead = await administration.deadLetters('ana', id, 10, undefined);
    expect(dead.items).toMatchObject([{ type: 'session.state', sessionId: 'sales', status: 422, error: 'HTTP_422' }]);
    expect(dead.items[0]?.webhookId).not.toBe(next?.id);
    expect(await administration.redrive('ana', id)).toBe(1);
    const [, redriven] = await receiver.takes(2);
    expect(redriven?.id).toBe(dead.items[0]?.webhookId);
    await expect.poll(async () => (await administration.get('ana', id)).deadLetters).toBe(0);
  });

  it('and answers 410 is disabled, which the stream tells; enabled again it goes on where it stopped', async () => {
    const { administration } = await fixture.node({ clock });
    await fixture.session(SALES);
    const { id, receiver } = await fixture.endpoint(administration);
    receiver.fail(410, 1);
    await fixture.changes(SALES, 3);
    await expect
      .poll(() => administration.get('ana', id))
      .toMatchObject({ state: 'disabled', disabledBy: 'gone', enabled: false });
    const told = (await stored.events()).at(-1)?.fields;
    expect(told).toMatchObject({ type: 'webhook.disabled', userId: 'ana', id: 'sales' });
    expect(JSON.parse(String(told?.['payload']))).toEqual({ webhookId: id, why: 'gone' });
    expect(receiver.received).toHaveLength(1);
    await administration.enable('ana', id);
    await receiver.takes(3);
    expect(receiver.received[1]?.delivery?.id).toBe(receiver.received[0]?.delivery?.id);
  });

  it('and does so for five days is disabled', async () => {
    const { administration } = await fixture.node({ clock });
    await fixture.session(SALES);
    const { id, receiver } = await fixture.endpoint(administration);
    receiver.fail(500);
    await fixture.changes(SALES, 1);
    for (let day = 0, seen = 0; day < 16; day += 1) {
      await receiver.until(() => receiver.received.length > seen);
      seen = receiver.received.length;
      await expect.poll(async () => (await attemptsOf(administration, id)).length).toBeGreaterThanOrEqual(seen);
      if ((await administration.get('ana', id)).state === 'disabled') break;
      await clock.advance(DAY_MS / 2);
    }
    expect(await administration.get('ana', id)).toMatchObject({ state: 'disabled', disabledBy: 'failing' });
  });

  it('and speaks no TLS is tried again, and told by one word', async () => {
    const { administration } = await fixture.node({ clock });
    const garbled = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('this is no TLS\r\n');
    });
    garbled.listen(0, '127.0.0.1');
    await once(garbled, 'listening');
    onTestFinished(() => void garbled.close());
    await fixture.session(SALES);
    const url = `https://127.0.0.1:${(garbled.address() as AddressInfo).port}/`;
    const { id } = await fixture.endpoint(administration, { url });
    expect(await administration.test('ana', id, new AbortController().signal)).toMatchObject({
      delivered: false,
      status: null,
      error: expect.stringMatching(/^(?:ERR_SSL_|EPROTO|ECONNRESET)/) as unknown,
    });
  });
});

describe('Who wants no order', () => {
  it('gets what comes later while an earlier one is tried again', async () => {
    const { administration } = await fixture.node({ clock });
    await fixture.session(SALES);
    const { receiver } = await fixture.endpoint(administration, { order: 'none' });
    receiver.fail(503, 1);
    await fixture.changes(SALES, 5);
    await receiver.takes(4);
    await clock.advance(6_500);
    const deliveries = await receiver.takes(5);
    expect(deliveries.at(-1)?.id).toBe(receiver.received.find(({ taken }) => !taken)?.delivery?.id);
  });
});

describe('A replay', () => {
  it('delivers once more, under the same ids and in order, beside what comes', async () => {
    const { administration } = await fixture.node({ clock });
    await fixture.session(SALES);
    const { id, receiver } = await fixture.endpoint(administration);
    await fixture.changes(SALES, 5);
    const first = await receiver.takes(5);
    const from = Number(String(first[0]?.data.position).split('-')[0]);
    await administration.replay('ana', id, { from, to: null, only: 'all' });
    await fixture.changes(SALES, 1);
    await receiver.until(() => receiver.received.length === 11);
    const again = receiver.received.slice(5).filter(({ delivery }) => first.some((one) => one.id === delivery?.id));
    expect(again.map(({ delivery }) => delivery?.id)).toEqual(first.map((one) => one.id));
    await expect.poll(() => stored.redis.hkeys(stored.keys.webhookLanes(id))).toEqual(['ana/sales']);
  });

  it('says when something is no longer kept; the endpoint is told of it too', async () => {
    const { administration } = await fixture.node({ clock });
    await fixture.session(SALES);
    const { id, receiver } = await fixture.endpoint(administration);
    receiver.fail(503, 1);
    await fixture.changes(SALES, 5);
    await expect.poll(() => attemptsOf(administration, id)).toHaveLength(1);
    const entries = await stored.redis.xrange(stored.keys.webhookLog('ana/sales'), '-', '+');
    await stored.redis.xtrim(stored.keys.webhookLog('ana/sales'), 'MAXLEN', 2);
    const from = Number(String(entries[0]?.[0]).split('-')[0]);
    await expect(administration.replay('ana', id, { from, to: null, only: 'all' })).rejects.toMatchObject({
      code: 'GONE',
    });
    await clock.advance(6_500);
    const told = await receiver.takes(3);
    expect(told.map(({ type }) => type)).toEqual(['webhook.gap', 'session.state', 'session.state']);
    expect(told[0]?.data.position).toBe(entries[2]?.[0]);
  });
});
