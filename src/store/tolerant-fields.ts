import { z } from 'zod';

import {
  pairingCodeSchema,
  qrSchema,
  QUEUE_HOLDERS,
  REASONS,
  SESSION_STATES,
  SESSION_TAGS,
  sessionSchema,
  type QueueHolder,
  type Reason,
  type SessionState,
  type SessionTag,
} from '../domain/session.ts';

// A record may be that of a newer build: what it says in words that are not known here must not hide the rest.

/** A word out of a list; `null` for one that is not known here, and for none. */
const known = <T extends string>(words: readonly T[]) => {
  const find = new Map<string, T>(words.map((word) => [word, word]));
  return (text: string): T | null => find.get(text) ?? null;
};
const knownReason = known(REASONS);
const knownHolder = known(QUEUE_HOLDERS);
const knownTag = known(SESSION_TAGS);
const knownState = known(SESSION_STATES);

/** A reason as this build has it. `unknown`: the word of a newer one. */
export function readReason(text: string): { readonly reason: Reason | null; readonly unknown: string | null } {
  if (text === '') return { reason: null, unknown: null };
  const reason = knownReason(text);
  return reason === null ? { reason: 'internal_error', unknown: text } : { reason, unknown: null };
}

export function readHolder(text: string): QueueHolder | null {
  return knownHolder(text);
}

/** Those that are known here. */
export const tagsSchema = z
  .array(z.string())
  .transform((tags): SessionTag[] => tags.flatMap((tag) => knownTag(tag) ?? []));

/** The state that a value belongs to; where that is the word of a newer build, the tags decide. */
export function readState(value: string, tags: readonly SessionTag[]): SessionState {
  const state = knownState(value.split('.', 1)[0] ?? '');
  if (state !== null) return state;
  if (tags.includes('connected')) return 'ready';
  return tags.includes('busy') ? 'reconnecting' : 'disconnected';
}

const { reconnect, lastError, queue, capabilities } = sessionSchema.shape;
const atLeast = <T extends z.ZodRawShape>(schema: z.ZodObject<T>) => z.object(schema.shape);

/** What only changes together, as it is stored: fields that are not known here are left out. */
export const storedDetailSchema = z.object({
  phoneNumber: sessionSchema.shape.phoneNumber,
  displayName: sessionSchema.shape.displayName,
  qr: atLeast(qrSchema).nullable(),
  pairingCode: atLeast(pairingCodeSchema).nullable(),
  reconnect: atLeast(reconnect),
  restarts: sessionSchema.shape.restarts,
  durable: sessionSchema.shape.durable,
  /** A record of the former version has none. */
  capabilities: atLeast(capabilities.unwrap()).nullable().default(null),
  lastError: atLeast(lastError.unwrap()).nullable(),
  /** A record of the former version says in there where the session stands in the queue. */
  queue: z
    .object({ position: queue.unwrap().shape.position, heldBy: z.string().nullable() })
    .transform(({ position, heldBy }) => ({ position, heldBy: heldBy === null ? null : readHolder(heldBy) }))
    .nullable()
    .default(null),
});
