import { z } from 'zod';

import { MESSAGE_ERRORS, MESSAGE_TYPES, type Ack, type MessageErrorCode, type MessageType } from '../domain/message.ts';
import { MESSAGE_HOLDS, MESSAGE_STATUSES, type MessageRecord } from '../domain/message-record.ts';

export type MessageStatus = (typeof MESSAGE_STATUSES)[number];
export type MessageHold = (typeof MESSAGE_HOLDS)[number];

/** What is done by a message: `message` is a new one, the others concern one that is there. */
export const MESSAGE_KINDS = ['message', 'edit', 'react', 'revoke'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** An outgoing message as it is stored. Times are milliseconds since 1970. */
export interface StoredMessage {
  readonly id: string;
  readonly waId: string;
  readonly to: string;
  readonly chatId: string;
  readonly kind: MessageKind;
  readonly type: MessageType;
  readonly status: MessageStatus;
  /** Of `sending`: whether the page has said that it has it. */
  readonly phase: 'handing_over' | 'awaiting_ack';
  readonly heldBy: MessageHold | null;
  readonly ack: Ack | null;
  readonly attempts: number;
  /** It was handed over once more for want of an acknowledgement. */
  readonly repeated: boolean;
  readonly errorCode: MessageErrorCode | null;
  readonly errorMessage: string;
  readonly onUnknown: 'hold' | 'resend';
  /** The phone number that it is to go out from; `null`: whichever is linked first. */
  readonly account: string | null;
  /** Grows with each change. */
  readonly version: number;
  readonly order: number;
  readonly createdAt: number;
  readonly sendAt: number | null;
  readonly expiresAt: number;
  /** When its last hand-over was begun. */
  readonly beganAt: number | null;
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
  readonly readAt: number | null;
  /** Sealed, in base64; empty once nobody needs it. */
  readonly body: string;
}

const optionalTime = z.string().transform((text) => (text === '' ? null : Number(text)));
const count = z.string().transform(Number);
const ackSchema = z
  .string()
  .transform((text) => (text === '' ? null : Number(text)))
  .pipe(z.union([z.literal(-1), z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).nullable());
const orNothing = <Word extends string>(words: readonly Word[]) =>
  z
    .string()
    .transform((text) => (text === '' ? null : text))
    .pipe(z.enum(words).nullable());

const hashSchema = z.object({
  id: z.string(),
  waId: z.string(),
  to: z.string(),
  chatId: z.string(),
  kind: z.enum(MESSAGE_KINDS),
  type: z.enum(MESSAGE_TYPES),
  status: z.enum(MESSAGE_STATUSES),
  phase: z.enum(['handing_over', 'awaiting_ack']).default('handing_over'),
  heldBy: orNothing(MESSAGE_HOLDS).default(null),
  ack: ackSchema.default(null),
  attempts: count.default(0),
  repeated: z
    .string()
    .transform((text) => text === '1')
    .default(false),
  errorCode: orNothing(MESSAGE_ERRORS).default(null),
  errorMessage: z.string().default(''),
  onUnknown: z.enum(['hold', 'resend']),
  account: z
    .string()
    .transform((text) => (text === '' ? null : text))
    .default(null),
  version: count,
  order: count,
  createdAt: count,
  sendAt: optionalTime.default(null),
  expiresAt: count,
  beganAt: optionalTime.default(null),
  sentAt: optionalTime.default(null),
  deliveredAt: optionalTime.default(null),
  readAt: optionalTime.default(null),
  body: z.string().default(''),
});

/** Throws a `ZodError` on what no script of ours wrote. */
export function readMessageHash(fields: Readonly<Record<string, string>>): StoredMessage {
  return hashSchema.parse(fields);
}

/** Fields of the hash, `null` as an empty text. */
export function messageFields(message: Partial<StoredMessage>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name,
      value === null ? '' : typeof value === 'boolean' ? (value ? '1' : '0') : String(value),
    ]),
  );
}

/** Whether nothing more is to be done about it. */
export function isSettled(status: MessageStatus): boolean {
  return status !== 'queued' && status !== 'sending' && status !== 'unknown';
}

/** As the interface shows it. */
export function recordOf(sessionId: string, message: StoredMessage): MessageRecord {
  const { id, waId, to, chatId, type, status, heldBy, ack, attempts, errorCode, errorMessage } = message;
  const { createdAt, sendAt, expiresAt, sentAt, deliveredAt, readAt } = message;
  return {
    id,
    sessionId,
    waId,
    to,
    chatId,
    type,
    status,
    heldBy: status === 'queued' ? heldBy : null,
    ack,
    attempts,
    error: errorCode === null ? null : { code: errorCode, message: errorMessage },
    createdAt: instant(createdAt),
    sendAt: instantOrNull(sendAt),
    expiresAt: instant(expiresAt),
    sentAt: instantOrNull(sentAt),
    deliveredAt: instantOrNull(deliveredAt),
    readAt: instantOrNull(readAt),
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : instant(ms);
}
