import { z } from 'zod';

import { DELIVERY_OUTCOMES, WEBHOOK_EVENTS, type WebhookSettings } from '../domain/webhook.ts';
import { CIRCUIT } from './limits.ts';

const recordSchema = z.object({
  userId: z.string(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)).nullable(),
  sessions: z.array(z.string()).nullable(),
  filter: z.object({
    chatIds: z.array(z.string()).optional(),
    groups: z.boolean().optional(),
    fromMe: z.boolean().optional(),
    types: z.array(z.string()).optional(),
  }),
  payload: z.enum(['full', 'thin']),
  order: z.enum(['session', 'none']),
  enabled: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
/** What stands of an endpoint in clear: all but its secrets and its headers. */
export type EndpointRecord = z.infer<typeof recordSchema>;

/** `until`: when a former secret ends to sign (ms since 1970); `null` for the present one. */
const sealedSchema = z.object({
  secrets: z.array(z.object({ secret: z.string(), until: z.number().nullable() })).min(1),
  headers: z.record(z.string(), z.string()),
});
export type EndpointSecrets = z.infer<typeof sealedSchema>;

const lastSchema = z.object({ at: z.string(), status: z.number().nullable(), outcome: z.enum(DELIVERY_OUTCOMES) });

/** An endpoint's hash, as far as it is no secret. */
export interface StoredEndpoint {
  readonly id: string;
  readonly record: EndpointRecord;
  /** As they are stored: what an update compares with. */
  readonly text: { readonly record: string; readonly sealed: string };
  /** The position in the event log that it begins behind. */
  readonly start: string;
  readonly disabledBy: 'user' | 'gone' | 'failing' | null;
  /** In a row. */
  readonly failures: number;
  /** Milliseconds since 1970. */
  readonly failingSince: number | null;
  readonly isOpen: boolean;
  readonly last: z.infer<typeof lastSchema> | null;
}

const disabledSchema = z.enum(['user', 'gone', 'failing']).nullable().catch(null);

/** `null` for the hash of an endpoint that there is not. Throws a `ZodError` on one that is damaged. */
export function readEndpoint(id: string, hash: Readonly<Record<string, string>>): StoredEndpoint | null {
  const { record, sealed, start, disabledBy, failures, failingSince, last } = hash;
  if (record === undefined || sealed === undefined) return null;
  const count = Number(failures ?? 0);
  return {
    id,
    record: parseRecord(record),
    text: { record, sealed },
    start: start ?? '0-0',
    disabledBy: disabledSchema.parse(disabledBy),
    failures: count,
    failingSince: failingSince === undefined ? null : Number(failingSince),
    isOpen: count >= CIRCUIT.failures,
    last: last === undefined ? null : lastSchema.parse(JSON.parse(last)),
  };
}

export function parseRecord(text: string): EndpointRecord {
  return recordSchema.parse(JSON.parse(text));
}

export function parseSecrets(bytes: Buffer): EndpointSecrets {
  return sealedSchema.parse(JSON.parse(bytes.toString()));
}

/** The part of the settings that is kept in clear. */
export function recordOf(
  { url, events, sessions, filter, payload, order, enabled }: WebhookSettings,
  rest: Pick<EndpointRecord, 'userId' | 'createdAt' | 'updatedAt'>,
): EndpointRecord {
  return {
    ...rest,
    url,
    events: events === null ? null : [...events],
    sessions: sessions === null ? null : [...sessions],
    filter: {
      ...(filter.chatIds !== undefined && { chatIds: [...filter.chatIds] }),
      ...(filter.groups !== undefined && { groups: filter.groups }),
      ...(filter.fromMe !== undefined && { fromMe: filter.fromMe }),
      ...(filter.types !== undefined && { types: [...filter.types] }),
    },
    payload,
    order,
    enabled,
  };
}
