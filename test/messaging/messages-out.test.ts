import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestRedis, type TestRedis } from '../redis.ts';
import { BEN, CARLA, SendingService } from './sending-service.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

const start = async (over?: Parameters<typeof SendingService.start>[1]): Promise<SendingService> =>
  SendingService.start(redis.address, over);
const KEY = (key: string): Record<string, string> => ({ 'idempotency-key': key });

describe('a message', () => {
  it('goes out under the id that it was promised, and is called sent when WhatsApp’s server has it', async () => {
    const service = await start();
    await service.ready();
    await service.play({ event: 'acks', upTo: 0, delayMs: 0 });
    const { status, json, headers } = await service.call('POST', '/sessions/sales/messages', { to: BEN, text: 'Hola' });
    expect(status).toBe(202);
    expect(json).toMatchObject({ sessionId: 'sales', to: BEN, chatId: `${BEN}@c.us`, type: 'text', ack: null });
    expect(json['waId']).toMatch(/^3EB0[0-9A-F]{18}$/);
    expect(headers.get('location')).toBe(`/api/sessions/sales/messages/${String(json['id'])}`);
    await service.becomes(json['id'], 'sending');
    await service.until(async () => service.sent.length === 1);
    expect((await service.message(json['waId']))['status']).toBe('sending');
    await service.play({ event: 'acks', upTo: 3, delayMs: 1 });
    const read = await service.becomes(json['id'], 'read');
    expect(read).toMatchObject({ ack: 3, attempts: 1, error: null, heldBy: null });
    for (const when of ['sentAt', 'deliveredAt', 'readAt']) expect(read[when]).toEqual(expect.any(String));
    expect(service.sent).toEqual(['Hola']);
  });

  it('waits for a session that is not ready, and goes out in the order of its chat then', async () => {
    const service = await start();
    await service.call('POST', '/sessions', { id: 'sales', start: false });
    for (const text of ['1', '2', '3']) await service.send(text);
    const { json } = await service.call('GET', '/sessions/sales/messages');
    expect(json['items']).toMatchObject([{ heldBy: 'session' }, { heldBy: 'session' }, { heldBy: 'session' }]);
    await service.call('POST', '/sessions/sales/start');
    await service.ready();
    await service.until(async () => service.sent.length === 3);
    expect(service.sent).toEqual(['1', '2', '3']);
  });

  it('of the same key is the same message, and of another body a fault', async () => {
    const service = await start();
    await service.ready();
    const first = await service.call('POST', '/sessions/sales/messages', { to: BEN, text: 'once' }, KEY('order-7'));
    const again = await service.call('POST', '/sessions/sales/messages', { to: BEN, text: 'once' }, KEY('order-7'));
    expect([again.status, again.json['id'], again.headers.get('idempotent-replayed')]).toEqual([
      202,
      first.json['id'],
      'true',
    ]);
    const other = await service.call('POST', '/sessions/sales/messages', { to: BEN, text: 'twice' }, KEY('order-7'));
    expect([other.status, other.json['code']]).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
    await service.becomes(first.json['id'], 'sent', 'delivered');
    expect(service.sent).toEqual(['once']);
  });

  it('is nobody else’s', async () => {
    const service = await start();
    await service.ready();
    const { id } = await service.send('mine');
    const token = await service.tokenOf('eve');
    const headers = { authorization: `Bearer ${token}` };
    for (const [method, path, body] of [
      ['GET', `/sessions/sales/messages/${String(id)}`],
      ['GET', '/sessions/sales/messages'],
      ['DELETE', `/sessions/sales/messages/${String(id)}`],
      ['POST', '/sessions/sales/messages', { to: BEN, text: 'x' }],
      ['GET', '/sessions/sales/pacing'],
    ] as const) {
      const { status, json } = await service.call(method, path, body, headers);
      expect([path, status, json['code']]).toEqual([path, 404, 'SESSION_NOT_FOUND']);
    }
  });

  it('can be taken back before its time, and not afterwards', async () => {
    const service = await start();
    await service.ready();
    const later = await service.send('later', { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await service.message(later['id']))['heldBy']).toBe('schedule');
    const cancelled = await service.call('DELETE', `/sessions/sales/messages/${String(later['id'])}`);
    expect([cancelled.status, cancelled.json['status']]).toEqual([200, 'cancelled']);
    const sent = await service.send('now');
    await service.becomes(sent['id'], 'delivered');
    const refused = await service.call('DELETE', `/sessions/sales/messages/${String(sent['id'])}`);
    expect([refused.status, refused.json['code']]).toEqual([409, 'ALREADY_SENDING']);
    expect(service.sent).toEqual(['now']);
  });

  it.each([
    [{ to: '12', text: 'x' }],
    [{ to: BEN }],
    [{ to: BEN, text: '' }],
    [{ to: BEN, text: 'x'.repeat(65_537) }],
    [{ to: BEN, text: 'x', poll: { name: 'x', options: ['a', 'b'] } }],
    [{ to: BEN, text: 'x', sendAt: '2126-01-01T00:00:00.000Z' }],
    [{ to: BEN, text: 'x', expiresAt: '2020-01-01T00:00:00.000Z' }],
    [{ to: BEN, media: {} }],
    [{ to: BEN, text: 'x', unknown: 1 }],
  ])('is refused where it says what cannot be: %j', async (body) => {
    const service = await start();
    await service.call('POST', '/sessions', { id: 'sales', start: false });
    const { status, json } = await service.call('POST', '/sessions/sales/messages', body);
    expect([status, json['code']]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('over the limit is refused, and says when to try again', async () => {
    const service = await start({ env: { OUTBOX_MAX: '2' } });
    await service.call('POST', '/sessions', { id: 'sales', start: false });
    await service.send('1');
    await service.send('2');
    const { status, json, headers } = await service.call('POST', '/sessions/sales/messages', { to: BEN, text: '3' });
    expect([status, json['code'], headers.get('retry-after')]).toEqual([429, 'OUTBOX_FULL', '10']);
  });

  it('that quotes what is not there fails, and is not sent without', async () => {
    const service = await start();
    await service.ready();
    const { id } = await service.send('so?', { quote: '3EB0000000000000000000' });
    expect(await service.becomes(id, 'failed')).toMatchObject({ error: { code: 'QUOTE_NOT_FOUND' } });
    expect(service.sent).toEqual([]);
  });

  it('for another phone than the one that is linked now is never sent from that', async () => {
    const service = await start();
    await service.ready();
    await service.call('POST', '/sessions/sales/stop?wait=20');
    const { id } = await service.send('from Ana');
    await service.call('POST', '/sessions/sales/logout?wait=20');
    await service.call('POST', '/sessions/sales/start');
    await service.ready({ phone: CARLA });
    expect(await service.becomes(id, 'failed')).toMatchObject({ error: { code: 'ACCOUNT_CHANGED' } });
    expect(service.sent).toEqual([]);
  });
});

describe('a hand-over without an answer', () => {
  it.each(['before_page', 'in_page', 'after_server'] as const)('%s is sent once', async (when) => {
    const service = await start();
    await service.ready();
    await service.play({ event: 'lose_send', when });
    const first = await service.send('first');
    const second = await service.send('second');
    const seen = await service.becomes(first['id'], 'unknown', 'sending', 'sent', 'delivered');
    expect(seen['status']).not.toBe('failed');
    // One that lies in the page's list and is not taken is handed over again after a minute, under its id.
    if (when === 'in_page') {
      await service.becomes(first['id'], 'sending');
      await service.clock.advance(61_000);
    }
    // A page that never had it says so once it is another.
    if (when === 'before_page') await service.play({ event: 'browser_crash' });
    await service.becomes(first['id'], 'delivered');
    await service.becomes(second['id'], 'delivered');
    expect(service.sent).toEqual(['first', 'second']);
  });

  it('that is never acknowledged is repeated once, and is unknown then', async () => {
    const service = await start();
    await service.ready();
    await service.play({ event: 'acks', upTo: 0, delayMs: 0 });
    const { id } = await service.send('silence');
    await service.until(async () => service.sent.length === 1);
    for (const _ of [1, 2]) {
      await service.clock.advance(61_000);
      await service.until(async () => {
        const { status } = await service.message(id);
        return status === 'sending' || status === 'unknown';
      });
    }
    await service.clock.advance(61_000);
    expect(await service.becomes(id, 'unknown')).toMatchObject({ error: { code: 'NO_ACK' } });
    expect(service.sent).toEqual(['silence']);
    // Late as it is, the truth counts.
    await service.play({ event: 'acks', upTo: 2, delayMs: 0 });
    expect(await service.becomes(id, 'delivered')).toMatchObject({ error: null });
  });

  it('leaves the word to a person where nobody knows', async () => {
    const service = await start();
    await service.ready();
    await service.play({ event: 'lose_send', when: 'before_page' });
    const { id } = await service.send('lost');
    await service.becomes(id, 'unknown');
    const behind = await service.send('behind');
    await service.until(async () => (await service.message(behind['id']))['heldBy'] === 'chat');
    const elsewhere = await service.send('elsewhere', { to: CARLA });
    await service.becomes(elsewhere['id'], 'delivered');
    const known = await service.call('POST', `/sessions/sales/messages/${String(elsewhere['id'])}/resolve`, {
      as: 'sent',
    });
    expect([known.status, known.json['code']]).toEqual([409, 'NOT_UNKNOWN']);
    const resolved = await service.call('POST', `/sessions/sales/messages/${String(id)}/resolve`, { as: 'resend' });
    expect([resolved.status, resolved.json['status']]).toEqual([200, 'queued']);
    await service.becomes(id, 'delivered');
    await service.becomes(behind['id'], 'delivered');
    expect(service.sent).toEqual(['elsewhere', 'lost', 'behind']);
  });
});

describe('the pace', () => {
  it('is five at once and one a second unless it is set, and tells what waits for it', async () => {
    const service = await start();
    await service.ready({ paced: true });
    expect((await service.call('GET', '/sessions/sales/pacing')).json).toEqual({ burst: 5, perSecond: 1, jitter: 0.5 });
    const last = [];
    for (const text of ['1', '2', '3', '4', '5', '6', '7']) last.push(await service.send(text));
    await service.until(async () => service.sent.length === 5);
    expect((await service.message(last[6]?.['id']))['heldBy']).toBe('pacing');
    await service.call('PUT', '/sessions/sales/pacing', { burst: 100, perSecond: 100, jitter: 0 });
    await service.until(async () => service.sent.length === 7);
    expect(service.sent).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  it('lets replies go on while nobody new may be written to', async () => {
    const service = await start();
    await service.ready();
    await service.play({ event: 'message', from: BEN, text: 'Hi' });
    await service.play({ event: 'restrict', until: new Date(Date.now() + 3_600_000).toISOString() });
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    const fresh = await service.send('new', { to: CARLA });
    const reply = await service.send('reply');
    await service.becomes(reply['id'], 'delivered');
    await service.until(async () => (await service.message(fresh['id']))['heldBy'] === 'restriction');
    expect(service.sent).toEqual(['reply']);
  });

  it('is braked by three refusals in a row', async () => {
    const service = await start();
    await service.ready();
    await service.play({ event: 'refuse_sends', code: 'REFUSED' });
    for (const to of ['5215550005551', '5215550005552', '5215550005553']) {
      const { id } = await service.send('x', { to });
      expect(await service.becomes(id, 'failed')).toMatchObject({ error: { code: 'REFUSED' } });
    }
    await service.play({ event: 'refuse_sends', code: null });
    const { id } = await service.send('held', { to: '5215550005554' });
    await service.until(async () => (await service.message(id))['heldBy'] === 'restriction');
    expect(service.sent).toEqual([]);
  });
});
