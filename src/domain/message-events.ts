import { z } from 'zod';

import { MESSAGE_TYPES } from './message.ts';
import { messageRecordSchema } from './message-record.ts';

const instant = z.iso.datetime();

/** A message that came in, or that was written on the phone. */
export const receivedMessageSchema = z.object({
  /** Its whole key: `false_<chat>_<waId>`, `…_<participant>` in groups. */
  id: z.string(),
  /** The stanza's id alone. */
  waId: z.string(),
  chatId: z.string(),
  from: z.string(),
  to: z.string(),
  /** Who wrote it, in a group. */
  author: z.string().exactOptional(),
  fromMe: z.boolean(),
  type: z.enum(MESSAGE_TYPES),
  body: z.string(),
  /** When it was sent, as WhatsApp says. */
  timestamp: instant,
  quotedId: z.string().exactOptional(),
  mentions: z.array(z.string()).readonly().exactOptional(),
  media: z
    .object({
      mimetype: z.string(),
      /** Bytes. */
      size: z.number(),
      filename: z.string().exactOptional(),
      /** Hex. */
      sha256: z.string().exactOptional(),
    })
    .exactOptional(),
  /** `phoneNumber` is `null` where WhatsApp hides it. */
  sender: z.object({ id: z.string(), lid: z.string().nullable(), phoneNumber: z.string().nullable() }),
  /** It arrived while the session was not ready. */
  backfilled: z.boolean(),
});

const record = z.object({ message: messageRecordSchema });
const received = z.object({ message: receivedMessageSchema });
/** Which message of which chat an event is about. */
const place = z.object({ id: z.string(), waId: z.string(), chatId: z.string() });

/** What each event about messages tells, beside whose session it is. */
export const messageEventData = {
  'message.received': received,
  'message.echo': received,
  'message.sent': record.extend({ ack: z.literal(1) }),
  'message.ack': record.extend({ ack: z.union([z.literal(2), z.literal(3), z.literal(4)]) }),
  'message.failed': record,
  'message.unknown': record,
  'message.expired': record,
  'message.cancelled': record,
  'message.edited': place.extend({ text: z.string(), at: instant }),
  'message.revoked': place.extend({ by: z.string(), at: instant }),
  'message.reaction': place.extend({ from: z.string(), emoji: z.string(), at: instant }),
  'call.received': z.object({
    id: z.string(),
    from: z.string(),
    isVideo: z.boolean(),
    isGroup: z.boolean(),
    at: instant,
  }),
  'session.restricted': z.object({ until: instant, why: z.string() }),
} as const;
export type MessageEventType = keyof typeof messageEventData;
export type MessageEventData<Type extends MessageEventType> = z.infer<(typeof messageEventData)[Type]>;

/** In the order in which they are documented. */
export const MESSAGE_EVENT_TYPES = [
  'message.received',
  'message.echo',
  'message.sent',
  'message.ack',
  'message.failed',
  'message.unknown',
  'message.expired',
  'message.cancelled',
  'message.edited',
  'message.revoked',
  'message.reaction',
  'call.received',
  'session.restricted',
] as const satisfies readonly MessageEventType[];

export function isMessageEventType(type: string): type is MessageEventType {
  return Object.hasOwn(messageEventData, type);
}
