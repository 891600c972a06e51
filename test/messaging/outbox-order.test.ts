import { describe, expect, it } from 'vitest';

import { nextTurn } from '../../src/messaging/outbox-order.ts';
import { readMessageHash, type StoredMessage } from '../../src/store/message-hash.ts';

const NOW = Date.UTC(2026, 11, 1);
const SOMEBODY = 'one@c.us';

function message(order: number, over: Partial<StoredMessage> = {}): StoredMessage {
  const hash = {
    id: `m_${order}`,
    waId: `3EB0${order}`,
    to: SOMEBODY,
    chatId: SOMEBODY,
    kind: 'message',
    type: 'text',
    status: 'queued',
    onUnknown: 'hold',
    version: '1',
    order: String(order),
    createdAt: String(NOW),
    expiresAt: String(NOW + 60_000),
  };
  return { ...readMessageHash(hash), ...over };
}

const turn = (open: readonly StoredMessage[], over: Partial<Parameters<typeof nextTurn>[1]> = {}) =>
  nextTurn(open, { at: NOW, putOff: new Map(), left: new Set(), ...over });

describe('whose turn it is', () => {
  it('is that of the first', () => {
    expect(turn([message(1), message(2)]).next?.id).toBe('m_1');
  });

  it('is that of another chat while nobody knows of one before it', () => {
    const { next, heldByChat } = turn([
      message(1, { status: 'unknown' }),
      message(2),
      message(3, { chatId: 'other@c.us' }),
    ]);
    expect([next?.id, heldByChat.map(({ id }) => id)]).toEqual(['m_3', ['m_2']]);
  });

  it('is the next one’s while one before it waits for its acknowledgement, since the page keeps the order', () => {
    expect(turn([message(1, { status: 'sending' }), message(2)]).next?.id).toBe('m_2');
  });

  it('is nobody’s while one before it lay in the list of a page that is gone: no page keeps that order', () => {
    const left = new Set(['m_1']);
    expect(turn([message(1, { status: 'sending' }), message(2)], { left }).next).toBe(null);
  });

  it('is not one’s before its time, and it holds nobody up', () => {
    const { next, until } = turn([message(1, { sendAt: NOW + 5_000 }), message(2)]);
    expect([next?.id, until]).toEqual(['m_2', NOW + 5_000]);
  });

  it('is not one’s that was put off, and its chat waits with it', () => {
    const { next, until } = turn([message(1), message(2)], { putOff: new Map([['m_1', NOW + 2_000]]) });
    expect([next, until]).toEqual([null, NOW + 2_000]);
  });
});
