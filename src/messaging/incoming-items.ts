import { createHash } from 'node:crypto';

import type { PageItem, PageMessage } from '../domain/message.ts';
import type { MessageEventData, MessageEventType } from '../domain/message-events.ts';

/** What is told of an item of the page. */
export interface Incoming {
  readonly type: MessageEventType;
  readonly data: MessageEventData<MessageEventType>;
  /** The same for the same thing, however often the page tells it, and of no use for finding out what it is. */
  readonly once: string;
  /** When it happened, as WhatsApp says (ms since 1970). */
  readonly at: number;
  /** It may be one that went out through us: known by this id. */
  readonly ourWaId?: string;
}

/** Items that are told to clients as events. Acks and what cannot be read are not. */
export type ToldItem = Exclude<PageItem, { kind: 'ack' | 'unreadable' }>;

/** `arrivedBefore`: what was sent before this moment (ms) arrived while the session was not ready. */
export function incomingOf(item: ToldItem, arrivedBefore: number): Incoming {
  switch (item.kind) {
    case 'message':
      return messageOf(item.message, arrivedBefore);
    case 'edited': {
      const { kind, ...data } = item;
      return { type: 'message.edited', data, at: ms(data.at), once: nameOf(kind, data.id, data.at, data.text) };
    }
    case 'revoked': {
      const { kind, ...data } = item;
      return { type: 'message.revoked', data, at: ms(data.at), once: nameOf(kind, data.id) };
    }
    case 'reaction': {
      const { kind, ...data } = item;
      const once = nameOf(kind, data.id, data.from, data.emoji, data.at);
      return { type: 'message.reaction', data, at: ms(data.at), once };
    }
    case 'call': {
      const { kind, ...data } = item;
      return { type: 'call.received', data, at: ms(data.at), once: nameOf(kind, data.id) };
    }
    case 'restricted': {
      const { kind, ...data } = item;
      // It is about what comes, not about what was.
      return {
        type: 'session.restricted',
        data,
        at: Number.POSITIVE_INFINITY,
        once: nameOf(kind, data.until, data.why),
      };
    }
  }
}

function messageOf(message: PageMessage, arrivedBefore: number): Incoming {
  const at = ms(message.timestamp);
  return {
    type: message.fromMe ? 'message.echo' : 'message.received',
    data: { message: { ...message, backfilled: at < arrivedBefore } },
    once: nameOf('message', message.id),
    at,
    ...(message.fromMe && { ourWaId: message.waId }),
  };
}

function ms(instant: string): number {
  return Date.parse(instant);
}

/** 96 bits of a hash: ids hold phone numbers, and texts are nobody's business. */
function nameOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 12).toString('base64url');
}
