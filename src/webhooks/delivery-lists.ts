import type { Redis } from 'ioredis';
import { z } from 'zod';

import { DELIVERY_OUTCOMES, type DeadLetter, type Delivery, type WebhookPage } from '../domain/webhook.ts';
import { reachStore } from '../store/connection.ts';
import { fieldsOf } from '../store/session-hash.ts';

const emptyAsNull = z.string().transform((text) => (text === '' ? null : text));
const status = emptyAsNull.transform((text) => (text === null ? null : Number(text)));

const deliverySchema = z.object({
  webhookId: z.string(),
  type: z.string(),
  sessionId: z.string(),
  at: z.string(),
  attempt: z.string().transform(Number),
  status,
  ms: z.string().transform(Number),
  error: emptyAsNull,
  outcome: z.enum(DELIVERY_OUTCOMES),
}) satisfies z.ZodType<Delivery>;

const deadLetterSchema = z.object({
  webhookId: z.string(),
  type: z.string(),
  sessionId: z.string(),
  position: z.string(),
  at: z.string(),
  status,
  error: emptyAsNull,
}) satisfies z.ZodType<DeadLetter>;

/** A page of an endpoint's attempts, newest first. @param stream its key */
export function readDeliveries(redis: Redis, stream: string, limit: number, cursor?: string) {
  return readPage(redis, stream, deliverySchema, limit, cursor);
}

/** The same of its dead letters. */
export function readDeadLetters(redis: Redis, stream: string, limit: number, cursor?: string) {
  return readPage(redis, stream, deadLetterSchema, limit, cursor);
}

async function readPage<Item>(
  redis: Redis,
  stream: string,
  schema: z.ZodType<Item>,
  limit: number,
  cursor: string | undefined,
): Promise<WebhookPage<Item>> {
  const from = cursor === undefined ? '+' : `(${cursor}`;
  const found = await reachStore(() => redis.xrevrange(stream, from, '-', 'COUNT', limit + 1));
  const page = found.slice(0, limit);
  return {
    items: page.map(([, flat]) => schema.parse(fieldsOf(flat))),
    nextCursor: found.length > limit ? (page.at(-1)?.[0] ?? null) : null,
  };
}
