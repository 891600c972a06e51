import { z } from 'zod';

/** Where a hand-over is lost: nobody hears how it ended. */
export const SEND_FAULTS = ['before_page', 'in_page', 'after_server'] as const;
export type SendFault = (typeof SEND_FAULTS)[number];

export const SEND_REFUSALS = [
  'QUOTE_NOT_FOUND',
  'NOT_ON_WHATSAPP',
  'MEDIA_REFUSED',
  'MEDIA_TOO_LARGE',
  'REFUSED',
  'RESTRICTED',
] as const;
export type SendRefusal = (typeof SEND_REFUSALS)[number];

/** Events of `POST …/simulate` about what a session sends. */
export const simulatedSendSchemas = [
  /** How far what is sent is acknowledged: 0 not at all, 1 by the server, 2 delivered, 3 read, 4 played. */
  z.strictObject({
    event: z.literal('acks'),
    upTo: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
    delayMs: z.int().min(0).max(86_400_000).default(0),
  }),
  /** The next hand-over is lost there. */
  z.strictObject({ event: z.literal('lose_send'), when: z.enum(SEND_FAULTS) }),
  /** What is sent is refused, until `null` takes that back. */
  z.strictObject({ event: z.literal('refuse_sends'), code: z.enum(SEND_REFUSALS).nullable() }),
  /** WhatsApp restricts new chats until then. */
  z.strictObject({ event: z.literal('restrict'), until: z.iso.datetime() }),
] as const;
