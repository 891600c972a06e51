import { z } from '@hono/zod-openapi';

import {
  phoneNumberSchema,
  qrSchema,
  REASONS,
  SESSION_STATES,
  sessionIdSchema,
  sessionSchema,
  transitionSchema,
  userIdSchema,
} from '../../domain/session.ts';
import { describeRoute, named } from './openapi-schema.ts';

/** Examples of the document are one story: Ana's session "sales". */
const ANA = '5215550001111';
const instant = z.iso.datetime().openapi({ example: '2026-11-24T10:00:00.000Z' });

export const sessionIdField = describeRoute(sessionIdSchema, {
  description: 'Chosen by the caller, unique within the user’s namespace.',
  example: 'sales',
});
export const userIdField = describeRoute(userIdSchema, {
  description: 'The `sub` of the user’s tokens.',
  example: 'u1',
});
export const phoneNumberField = describeRoute(phoneNumberSchema, {
  description: 'Digits with the country code, no plus sign.',
  example: ANA,
});
export const stateField = z
  .enum(SESSION_STATES)
  .openapi('SessionState', { description: 'The states a client needs to tell apart. `value` says more.' });

const metadataField = z
  .record(z.string(), z.unknown())
  .openapi({ description: 'Yours: kept and returned as it is.', example: { team: 'sales' } });

export const sessionResource = sessionSchema
  .extend({
    id: sessionIdField,
    userId: userIdField,
    state: stateField,
    value: z.string().openapi({ description: 'The full path in the statechart.', example: 'ready.online' }),
    tags: describeRoute(sessionSchema.shape.tags, {
      description:
        'What may be relied on whatever substates are added: `connected` messages flow, `needs_scan` a person must act, `busy` it moves on by itself, ' +
        '`settled` it stays until somebody acts, `at_rest` no browser runs.',
      example: ['connected', 'settled'],
    }),
    since: instant.openapi({ description: 'When `value` last changed.' }),
    desired: describeRoute(sessionSchema.shape.desired, {
      description: 'What was asked for, whatever is the case now.',
    }),
    reason: z
      .enum(REASONS)
      .nullable()
      .openapi({ description: 'Why it is disconnected, reconnecting or failed.', example: null }),
    phoneNumber: z.string().nullable().openapi({ description: 'Of the linked account.', example: ANA }),
    displayName: z.string().nullable().openapi({ example: 'Ana' }),
    qr: qrSchema
      .nullable()
      .openapi({ description: 'While `waiting_qr`, unless it waits for a pairing code.', example: null }),
    pairingCode: describeRoute(sessionSchema.shape.pairingCode, {
      description: 'To be typed into the phone instead of a scan.',
      example: null,
    }),
    durable: z
      .boolean()
      .openapi({ description: 'The login is sealed in the vault: a crash of the machine no longer costs a scan.' }),
    capabilities: describeRoute(sessionSchema.shape.capabilities, {
      description:
        'What the page that is open now can be used for; `null` while none is ready. `false`: WhatsApp has changed its page, and what needs it waits.',
      example: { receive: true, send: true, media: true, chats: true },
    }),
    queue: describeRoute(sessionSchema.shape.queue, { description: 'While it waits for capacity.', example: null }),
    lastError: describeRoute(sessionSchema.shape.lastError, { example: null }),
    nodeId: z.string().nullable().openapi({ description: 'The node that runs it, or last did.', example: 'n1' }),
    epoch: z
      .int()
      .nonnegative()
      .openapi({ description: 'Fencing token of that node; only grows.', example: 1795514400000 }),
    rev: z.int().positive().openapi({ description: 'Grows with each persisted snapshot.', example: 17 }),
    metadata: metadataField,
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Session');

export const statusResource = z
  .strictObject({
    id: sessionIdField,
    state: stateField,
    connected: z.boolean().openapi({ description: 'Messages flow.' }),
    phoneNumber: z.string().nullable().openapi({ example: ANA }),
    since: instant,
    qrAvailable: z.boolean().openapi({ description: 'There is a QR to show.' }),
    rev: z.int().positive().openapi({ example: 17 }),
  })
  .openapi('SessionStatus', { description: 'The small answer that a page polls.' });

const sessionMemory = z
  .strictObject({
    id: sessionIdField,
    userId: userIdField,
    bytes: z.int().nonnegative().openapi({
      description: 'Of all processes of its browser; what they share counts in parts.',
      example: 268_435_456,
    }),
    measuredAt: instant,
  })
  .openapi('SessionMemory');
export const memoryResource = z.strictObject({ items: z.array(sessionMemory) }).openapi('Memory');

const nextCursor = z
  .string()
  .nullable()
  .openapi({ description: 'Send it as `cursor` for the next page; `null` on the last one. Opaque.', example: null });
export const sessionPage = z.strictObject({ items: z.array(sessionResource), nextCursor }).openapi('SessionPage');

export const transitionPage = z
  .strictObject({ items: z.array(named(transitionSchema, 'Transition')), nextCursor })
  .openapi('TransitionPage', { description: 'Newest first.' });

/** A whole number in a query. `Number` alone would take an empty text for 0, and `0x10` for 16. */
export function wholeNumber(minimum: number, maximum: number, description: string) {
  const message = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .pipe(z.int().min(minimum, message).max(maximum, message))
    .openapi({ type: 'integer', minimum, maximum, description });
}

export const limitField = wholeNumber(1, 200, 'How many at most.').default(50).openapi({ default: 50 });
export const cursorField = z
  .string()
  .max(2_048)
  .optional()
  .openapi({ description: 'The `nextCursor` of the page before.' });
