import { describe, expect, it } from 'vitest';

import type { EventEnvelope } from '../../src/domain/event-envelope.ts';
import type { WebhookFilter } from '../../src/domain/webhook.ts';
import { readRetryAfter, retryDelay } from '../../src/webhooks/retry-schedule.ts';
import { messagesOf } from '../../src/webhooks/payload.ts';

const PLACE = { position: '1767225600000-0', userId: 'ana', sessionId: 'sales', isMove: false };
const ALL = { events: null, sessions: null, filter: {}, payload: 'full' as const };

const message = (over: object): EventEnvelope =>
  ({
    type: 'message.received',
    data: {
      sessionId: 'sales',
      userId: 'ana',
      message: {
        id: 'false_5215550001111@c.us_3EB0AA',
        chatId: '5215550001111@c.us',
        from: '5215550001111',
        to: '5215550002222',
        type: 'text',
        body: 'what was said',
        ...over,
      },
    },
  }) as unknown as EventEnvelope; // only what a filter looks at

const told = (envelope: EventEnvelope, filter: WebhookFilter): number =>
  messagesOf(envelope, PLACE, { ...ALL, filter: filter as typeof ALL.filter }).length;

describe('What an endpoint is told of a message', () => {
  it.each([
    [{}, {}, 1],
    [{}, { chatIds: ['5215550001111@c.us'] }, 1],
    [{}, { chatIds: ['5215550009999@c.us'] }, 0],
    [{}, { groups: true }, 0],
    [{}, { groups: false }, 1],
    [{ chatId: '1203630@g.us' }, { groups: true }, 1],
    [{ chatId: '1203630@g.us' }, { groups: false }, 0],
    [{ fromMe: true }, { fromMe: false }, 0],
    [{ fromMe: false }, { fromMe: false }, 1],
    [{ type: 'image' }, { types: ['text'] }, 0],
    [{ type: 'image' }, { types: ['text', 'image'] }, 1],
  ])('of %j with the filter %j: %i', (over, filter, count) => {
    expect(told(message(over), filter)).toBe(count);
  });

  it('is, of a thin one, its ids and nothing that was said', () => {
    const envelope = message({ waId: '3EB0AA' });
    const [thin] = messagesOf(envelope, PLACE, { ...ALL, payload: 'thin' });
    expect(JSON.parse(String(thin?.body))).toEqual({
      type: 'message.received',
      timestamp: '2026-01-01T00:00:00.000Z',
      data: {
        sessionId: 'sales',
        userId: 'ana',
        position: '1767225600000-0',
        message: { id: 'false_5215550001111@c.us_3EB0AA', waId: '3EB0AA' },
      },
    });
  });

  it('has one id for ever', () => {
    const ids = [1, 2].map(() => messagesOf(message({}), PLACE, ALL)[0]?.webhookId);
    expect(new Set(ids)).toEqual(new Set(['evt_1767225600000-0']));
  });
});

describe('The next attempt', () => {
  it('comes by the table, a fifth earlier or later', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 20].map((failures) => retryDelay(failures, null, 0.5) / 1_000);
    expect(delays).toEqual([5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 36_000, 36_000]);
    expect([retryDelay(1, null, 0), retryDelay(1, null, 1)]).toEqual([4_000, 6_000]);
  });

  it('comes when the receiver asks for it, from a second to a day', () => {
    expect(retryDelay(1, 7_000, 0)).toBe(7_000);
    expect(retryDelay(1, 0, 0.5)).toBe(5_000);
    expect(retryDelay(1, 999 * 86_400_000, 0)).toBe(86_400_000);
  });

  it.each([
    ['120', 120_000],
    [new Date(1_767_225_660_000).toUTCString(), 60_000],
    ['soon', null],
    [undefined, null],
  ])('reads %j', (header, ms) => {
    expect(readRetryAfter(header, 1_767_225_600_000)).toBe(ms);
  });
});
