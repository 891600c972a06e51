import { z } from '@hono/zod-openapi';

import { DELIVERY_OUTCOMES, WEBHOOK_EVENTS, WEBHOOK_STATES } from '../../domain/webhook.ts';
import { sessionIdField, userIdField } from './resources.ts';

const instant = z.iso.datetime().openapi({ example: '2026-11-24T10:00:00.000Z' });
/** What an endpoint may not say of itself: what frames a request, and what signs it. */
const RESERVED =
  /^(?:webhook-.*|host|content-length|content-type|content-encoding|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|proxy-.*|user-agent)$/i;
const MOST_HEADERS = 20;

const headersField = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'must be the name of a header')
      .refine((name) => !RESERVED.test(name), 'is set by the service and cannot be chosen'),
    z
      .string()
      .max(1_024)
      .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII'),
  )
  .refine((headers) => Object.keys(headers).length <= MOST_HEADERS, `must be at most ${MOST_HEADERS}`)
  .openapi({ description: 'Sent with each delivery. Kept sealed.', example: { authorization: 'Bearer …' } });

const filterField = z
  .strictObject({
    chatIds: z.array(z.string().min(1).max(128)).min(1).max(1_000).optional(),
    groups: z.boolean().optional().openapi({ description: '`false` leaves groups out, `true` takes only them.' }),
    fromMe: z.boolean().optional(),
    types: z.array(z.string().min(1).max(32)).min(1).max(32).optional(),
  })
  .openapi({ description: 'Which messages. Events that are not about a message pass.' });

const fields = {
  url: z
    .string()
    .max(2_048)
    .refine((text) => URL.canParse(text), 'must be a URL')
    .openapi({ example: 'https://hooks.example.com/whatsapp' }),
  events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .min(1)
    .nullable()
    .openapi({ description: 'What it is told; all where it is left out.', example: ['message.received'] }),
  sessions: z
    .array(sessionIdField)
    .min(1)
    .max(1_000)
    .nullable()
    .openapi({ description: 'Ids of sessions; all where it is left out.' }),
  filter: filterField,
  payload: z
    .enum(['full', 'thin'])
    .openapi({ description: '`thin`: ids only, so that nothing that was written leaves the service.' }),
  order: z
    .enum(['session', 'none'])
    .openapi({ description: '`session`: one after the other within a session. `none`: faster, and in no order.' }),
  headers: headersField,
  enabled: z.boolean(),
};

export const webhookCreation = z
  .strictObject({
    url: fields.url,
    events: fields.events.default(null),
    sessions: fields.sessions.default(null),
    filter: fields.filter.default({}),
    payload: fields.payload.default('full'),
    order: fields.order.default('session'),
    headers: fields.headers.default({}),
    enabled: fields.enabled.default(true),
  })
  .openapi('WebhookCreation', { example: { url: 'https://hooks.example.com/whatsapp', events: ['message.received'] } });

export const webhookChanges = z
  .strictObject({
    url: fields.url.optional(),
    events: fields.events.optional(),
    sessions: fields.sessions.optional(),
    filter: fields.filter.optional(),
    payload: fields.payload.optional(),
    order: fields.order.optional(),
    headers: fields.headers.optional(),
    enabled: fields.enabled.optional(),
  })
  .openapi('WebhookChanges', { example: { enabled: false } });

export const webhookResource = z
  .strictObject({
    id: z.string().openapi({ example: 'wh_0f8c3f0e6f0a4d4c9a536f2f0f2b8e0a' }),
    userId: userIdField,
    ...fields,
    state: z.enum(WEBHOOK_STATES).openapi({
      description:
        '`failing`: its last attempt failed. `open`: many in a row did, one delivery tries for all. `disabled`: nothing is sent.',
    }),
    disabledBy: z.enum(['user', 'gone', 'failing']).nullable().openapi({
      description: '`gone`: it answered 410. `failing`: for five days every attempt failed.',
    }),
    failingSince: instant.nullable(),
    lag: z.number().openapi({ description: 'Age of the oldest event that is still to be delivered (ms).' }),
    deadLetters: z.int().openapi({ description: 'How many events it refused for good.' }),
    lastDelivery: z
      .strictObject({ at: instant, status: z.int().nullable(), outcome: z.enum(DELIVERY_OUTCOMES) })
      .nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Webhook');

export const webhookWithSecret = webhookResource
  .extend({
    secret: z.string().openapi({ description: 'Signs the deliveries. Shown this once.', example: 'whsec_…' }),
  })
  .openapi('WebhookWithSecret');

export const webhookList = z.strictObject({ items: z.array(webhookResource) }).openapi('WebhookList');

export const webhookTest = z
  .strictObject({
    delivered: z.boolean(),
    status: z.int().nullable(),
    ms: z.number(),
    error: z.string().nullable().openapi({ description: 'One word, such as `TIMEOUT`.' }),
  })
  .openapi('WebhookTest');

const deliveryResource = z.strictObject({
  webhookId: z.string().openapi({ description: 'The delivery’s `webhook-id`: the same for each attempt.' }),
  type: z.string(),
  sessionId: z.string(),
  at: instant,
  attempt: z.int(),
  status: z.int().nullable(),
  ms: z.number(),
  error: z.string().nullable(),
  outcome: z.enum(DELIVERY_OUTCOMES),
});
export const deliveryPage = z
  .strictObject({ items: z.array(deliveryResource), nextCursor: z.string().nullable() })
  .openapi('WebhookDeliveryPage');

const deadLetterResource = z.strictObject({
  webhookId: z.string(),
  type: z.string(),
  sessionId: z.string(),
  position: z.string(),
  at: instant,
  status: z.int().nullable(),
  error: z.string().nullable(),
});
export const deadLetterPage = z
  .strictObject({ items: z.array(deadLetterResource), nextCursor: z.string().nullable() })
  .openapi('WebhookDeadLetterPage');

export const rotation = z.strictObject({
  overlapMs: z
    .int()
    .min(0)
    .max(30 * 86_400_000)
    .default(86_400_000)
    .openapi({ description: 'How long the former secret signs too (ms).' }),
});

export const replayRequest = z.strictObject({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }).optional(),
  only: z.enum(['failed', 'all']).default('all').openapi({ description: '`failed`: only what it refused for good.' }),
});
