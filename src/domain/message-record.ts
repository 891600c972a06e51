import { z } from 'zod';

import { MESSAGE_ERRORS, MESSAGE_TYPES } from './message.ts';

/** Where an outgoing message stands. `unknown`: it may be out, and nobody knows yet. */
export const MESSAGE_STATUSES = [
  'queued',
  'sending',
  'sent',
  'delivered',
  'read',
  'failed',
  'cancelled',
  'expired',
  'unknown',
] as const;

/** What keeps a queued message back. */
export const MESSAGE_HOLDS = ['session', 'pacing', 'schedule', 'chat', 'restriction', 'page'] as const;

const instant = z.iso.datetime();
const ack = z.union([z.literal(-1), z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);

/** An outgoing message as the interface tells of it: what became of it, never what it says. Times are ISO 8601. */
export const messageRecordSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  /** Chosen by us, before it goes out. */
  waId: z.string(),
  /** As it was asked for. */
  to: z.string(),
  /** `null` until the address is resolved. */
  chatId: z.string().nullable(),
  type: z.enum(MESSAGE_TYPES),
  status: z.enum(MESSAGE_STATUSES),
  heldBy: z.enum(MESSAGE_HOLDS).nullable(),
  ack: ack.nullable(),
  attempts: z.int().nonnegative(),
  error: z.strictObject({ code: z.enum(MESSAGE_ERRORS), message: z.string() }).nullable(),
  createdAt: instant,
  sendAt: instant.nullable(),
  expiresAt: instant,
  sentAt: instant.nullable(),
  deliveredAt: instant.nullable(),
  readAt: instant.nullable(),
});
export type MessageRecord = z.infer<typeof messageRecordSchema>;
