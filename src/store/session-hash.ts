import { z } from 'zod';

import { engineSchema } from '../domain/driver-traits.ts';
import { DESIRED, type SessionIntent } from '../domain/session-intent.ts';
import { metadataSchema, sessionSchema, type QueueHolder, type Session } from '../domain/session.ts';
import type { QueueFields } from './scripts/persist-snapshot.ts';
import { readHolder, readReason, readState, storedDetailSchema, tagsSchema } from './tolerant-fields.ts';

const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
const emptyAsNull = z.string().transform((text) => (text === '' ? null : text));
/** Digits and nothing else: coercion would take an empty field for zero. */
const count = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .pipe(z.int());
/** Milliseconds since 1970, as the instant they are. Ends with the year 9999, as the form does. */
const instant = count.pipe(z.number().max(253_402_300_799_999)).transform((ms) => new Date(ms).toISOString());

/**
 * What only changes together, as JSON in one field; the rest has a field of its own because scripts read or write it.
 */
const detailSchema = sessionSchema.pick({
  phoneNumber: true,
  displayName: true,
  qr: true,
  pairingCode: true,
  reconnect: true,
  restarts: true,
  durable: true,
  capabilities: true,
  lastError: true,
});
export type SessionDetail = z.infer<typeof detailSchema>;

export const EMPTY_DETAIL: SessionDetail = {
  phoneNumber: null,
  displayName: null,
  qr: null,
  pairingCode: null,
  reconnect: { attempt: 0, maxAttempts: 0, nextAttemptAt: null },
  restarts: 0,
  durable: false,
  capabilities: null,
  lastError: null,
};

const hashSchema = z.object({
  userId: z.string(),
  id: z.string(),
  /** Records that were created before there were engines have none: real sessions had one, the browser. */
  engine: engineSchema.default('browser'),
  createdAt: instant,
  updatedAt: instant,
  metadata: json(metadataSchema),
  desired: z.enum(DESIRED),
  /** Number of the last request; `handled` is the last one its owner has acted upon. */
  seq: count,
  handled: count,
  /** Numbers of the last requests of each kind that is an act rather than a level. */
  restart: count,
  reconnect: count,
  logout: count,
  pair: count,
  evict: count,
  /** Records of the former version have none. */
  rebind: count.default(0),
  pairWith: emptyAsNull,
  /** `logout` up to which the login has been erased. */
  erased: count,
  /** The node that runs it now, or empty. `nodeId` is the last one that did. */
  owner: emptyAsNull,
  /** The only number that may be linked; empty for any. A record of the former version is bound to the one it shows. */
  boundTo: emptyAsNull.optional(),
  nodeId: emptyAsNull,
  epoch: count,
  rev: count,
  value: z.string().min(1),
  since: instant,
  reason: z.string().transform(readReason),
  tags: json(tagsSchema),
  detail: json(storedDetailSchema),
  /** Its place in the queue, or empty. A record of the former version has neither. */
  queuePosition: emptyAsNull.pipe(count.nullable()).optional(),
  queueHeldBy: z.string().transform(readHolder).default(null),
});
/** A session as stored: the resource everybody sees, and the intent that its owner acts upon. */
export interface StoredSession {
  readonly session: Session;
  readonly intent: SessionIntent;
  /** The only number that may be linked; `null` for any. */
  readonly boundTo: string | null;
}

/**
 * Reads the fields of a session's hash or of an event that carries them. Throws a `ZodError` on a foreign or damaged
 * one.
 */
export function readSessionHash(fields: Record<string, string>): StoredSession {
  const { desired, seq, handled, restart, reconnect, logout, pair, evict, rebind, pairWith, erased, owner, ...rest } =
    hashSchema.parse(fields);
  const { detail, queuePosition, queueHeldBy, reason, boundTo = detail.phoneNumber, ...plain } = rest;
  const session = sessionSchema.parse({
    ...plain,
    ...detail,
    reason: reason.reason,
    lastError: detail.lastError ?? unknownReason(reason.unknown, plain.updatedAt),
    queue: queueOf(plain.value, queuePosition, queueHeldBy, detail.queue),
    state: readState(plain.value, plain.tags),
    desired: desired === 'running' ? 'running' : 'stopped',
  });
  return {
    session,
    boundTo,
    intent: {
      desired,
      intentSeq: seq,
      handledSeq: handled,
      restart,
      reconnect,
      logout,
      pair,
      evict,
      rebind,
      pairWith,
      erased,
      owner,
      epoch: plain.epoch,
    },
  };
}

/** The word of a newer build, for whoever wonders what the matter is. */
function unknownReason(word: string | null, at: string): Session['lastError'] {
  return word === null ? null : { code: 'UNKNOWN_REASON', message: `A newer build says "${word.slice(0, 64)}".`, at };
}

/** What is shown of the queue: nothing of a session that does not wait, though a node of the former version left it there. */
function queueOf(
  value: string,
  position: number | null | undefined,
  heldBy: QueueHolder | null,
  former: Session['queue'],
): Session['queue'] {
  if (!value.endsWith('.queued')) return null;
  if (position === undefined) return former;
  return position === null ? null : { position, heldBy };
}

/** A detail as the record has it. Nodes of the former version read the queue in there, and nothing of a record without. */
export function detailField(detail: SessionDetail): string {
  return JSON.stringify({ ...detail, queue: null });
}

/** A place in the queue as the record has it. */
export function queueFields(queue: Session['queue']): QueueFields {
  return { position: queue?.position ?? '', heldBy: queue?.heldBy ?? '' };
}

/** Pairs of a flat Redis reply as a record. */
export function fieldsOf(flat: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let index = 0; index + 1 < flat.length; index += 2) fields[flat[index] ?? ''] = flat[index + 1] ?? '';
  return fields;
}
