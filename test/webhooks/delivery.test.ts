import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { comparePositions } from '../../src/store/position.ts';
import type { WebhookDelivery } from '../../src/client/verify-webhook.ts';
import { StoreFixture } from '../store/store-fixture.ts';
import { WebhooksFixture } from './webhooks-fixture.ts';

const SALES = { userId: 'ana', id: 'sales' };
const SUPPORT = { userId: 'ana', id: 'support' };

let stored: StoreFixture;
let fixture: WebhooksFixture;
beforeAll(async () => {
  stored = await StoreFixture.open();
});
beforeEach(() => {
  stored.renew();
  fixture = new WebhooksFixture(stored);
});
afterAll(() => stored.close());

const positions = (deliveries: readonly WebhookDelivery[], sessionId: string): string[] =>
  deliveries.filter(({ data }) => data.sessionId === sessionId).map(({ data }) => String(data.position));
const isInOrder = (list: readonly string[]): boolean =>
  list.every((position, index) => index === 0 || comparePositions(list[index - 1] ?? '', position) < 0);

describe('Webhooks', () => {
  it('deliver each event once, signed, within a session in order', async () => {
    const { administration } = await fixture.node();
    await fixture.session(SALES);
    await fixture.session(SUPPORT);
    const { receiver } = await fixture.endpoint(administration);
    await Promise.all([fixture.changes(SALES, 30), fixture.changes(SUPPORT, 30)]);
    const deliveries = await receiver.takes(60);
    expect(positions(deliveries, 'sales')).toHaveLength(30);
    expect(isInOrder(positions(deliveries, 'sales'))).toBe(true);
    expect(isInOrder(positions(deliveries, 'support'))).toBe(true);
    expect([receiver.doubles, receiver.forged]).toEqual([0, 0]);
    expect(fixture.errors).toEqual([]);
  });

  it('tell the state only when it changed, and a snapshot each time to who wants that', async () => {
    const { administration } = await fixture.node();
    await fixture.session(SALES);
    await fixture.changes(SALES, 1);
    const states = await fixture.endpoint(administration);
    const all = await fixture.endpoint(administration, { events: ['session.snapshot', 'session.state'] });
    await fixture.stirs(SALES);
    await fixture.stirs(SALES);
    await fixture.changes(SALES, 1);
    const told = await all.receiver.takes(4);
    expect(told.map(({ type }) => type)).toEqual([
      'session.snapshot',
      'session.snapshot',
      'session.snapshot',
      'session.state',
    ]);
    const [state] = await states.receiver.takes(1);
    expect(state).toMatchObject({
      type: 'session.state',
      data: { sessionId: 'sales', userId: 'ana', session: { id: 'sales', state: 'reconnecting', qr: null } },
    });
    expect(state?.id).toBe(`evt_${String(state?.data.position)}_state`);
    expect(new Date(String(state?.timestamp)).getTime()).toBe(Number(String(state?.data.position).split('-')[0]));
    await states.receiver.until(() => states.receiver.received.length === 1);
  });

  it('keep to the sessions, the events and the payload that were asked for', async () => {
    const { administration } = await fixture.node();
    await fixture.session(SALES);
    await fixture.session(SUPPORT);
    const one = await fixture.endpoint(administration, { sessions: ['support'], payload: 'thin' });
    const deleted = await fixture.endpoint(administration, { events: ['session.deleted'] });
    await fixture.changes(SALES, 2);
    await fixture.changes(SUPPORT, 2);
    const told = await one.receiver.takes(2);
    expect(told.map(({ data }) => Object.keys(data).toSorted())).toEqual([
      ['position', 'sessionId', 'userId'],
      ['position', 'sessionId', 'userId'],
    ]);
    expect(positions(told, 'support')).toHaveLength(2);
    expect(deleted.receiver.received).toEqual([]);
  });

  it('send the headers that were chosen, and sign with both secrets while they overlap', async () => {
    const { administration } = await fixture.node();
    await fixture.session(SALES);
    const { id, receiver } = await fixture.endpoint(administration, {
      headers: { authorization: 'Bearer of-the-receiver' },
    });
    const former = receiver.secret;
    const { secret } = await administration.rotateSecret('ana', id, 60_000);
    await fixture.changes(SALES, 1);
    await receiver.takes(1);
    receiver.secret = secret;
    await fixture.changes(SALES, 1);
    await receiver.takes(2);
    expect(secret).not.toBe(former);
    expect(receiver.received[0]?.headers).toMatchObject({
      authorization: 'Bearer of-the-receiver',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(String(receiver.received[0]?.headers['webhook-signature']).split(' ')).toHaveLength(2);
  });

  it('deliver what came while no process ran', async () => {
    const first = await fixture.node();
    await fixture.session(SALES);
    const { receiver } = await fixture.endpoint(first.administration);
    await fixture.changes(SALES, 3);
    await receiver.takes(3);
    await first.stopNow();
    await fixture.changes(SALES, 5);
    await fixture.node();
    expect(isInOrder(positions(await receiver.takes(8), 'sales'))).toBe(true);
    expect(receiver.doubles).toBe(0);
  });

  it('deliver once with two processes, and go on with one', async () => {
    const first = await fixture.node();
    await fixture.node();
    await fixture.session(SALES);
    const { receiver } = await fixture.endpoint(first.administration);
    receiver.delayMs = 5;
    await fixture.changes(SALES, 40);
    await receiver.takes(20);
    await first.stopNow();
    await fixture.changes(SALES, 40);
    const deliveries = await receiver.takes(80);
    expect(isInOrder(positions(deliveries, 'sales'))).toBe(true);
  });
});
