import { z } from 'zod';

import { engineSchema } from './driver-traits.ts';
import type { Capabilities } from './message.ts';

import type { PairingCode, Qr, Reason, SessionTag } from '../../machines/session.machine.ts';

export type { PairingCode, Qr, Reason, SessionTag };

/** The six states of the interface; the statechart's substates say more in `value`. */
export const SESSION_STATES = [
  'waiting_qr',
  'authenticating',
  'ready',
  'disconnected',
  'reconnecting',
  'failed',
] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** Why a session is disconnected, reconnecting or failed. */
export const REASONS = [
  'never_started',
  'stopped',
  'queued',
  'logged_out',
  'qr_expired',
  'evicted',
  'launch_timeout',
  'sync_timeout',
  'browser_crashed',
  'page_crashed',
  'page_unresponsive',
  'network',
  'conflict',
  'blocked',
  'outdated',
  'browser_too_old',
  'other_account',
  'node_lost',
  'attempts_exhausted',
  'restarts_exhausted',
  'internal_error',
] as const satisfies readonly Reason[];

/** The machine's tags, in the order in which a session lists them. */
export const SESSION_TAGS = [
  'connected',
  'needs_scan',
  'busy',
  'settled',
  'at_rest',
] as const satisfies readonly SessionTag[];

/** What may keep everybody in the queue from launching; `no_node`: no node lives that could take them. */
export const QUEUE_HOLDERS = ['breaker', 'pressure', 'no_node'] as const;
export type QueueHolder = (typeof QUEUE_HOLDERS)[number];

const instant = z.iso.datetime();

export const sessionIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or a digit',
  );
export const userIdSchema = z.string().min(1).max(128);
/** Digits only, with country code and no leading zero (E.164 without the plus sign). */
export const phoneNumberSchema = z
  .string()
  .regex(/^[1-9][0-9]{6,14}$/, 'must be 7 to 15 digits with the country code, such as 5215550001111');

export const qrSchema = z.strictObject({
  code: z.string(),
  seq: z.int().positive(),
  issuedAt: instant,
  expiresAt: instant,
}) satisfies z.ZodType<Qr>;

export const pairingCodeSchema = z.strictObject({
  code: z.string(),
  phoneNumber: phoneNumberSchema,
  issuedAt: instant,
  expiresAt: instant,
}) satisfies z.ZodType<PairingCode>;

export const capabilitiesSchema = z.strictObject({
  receive: z.boolean(),
  send: z.boolean(),
  media: z.boolean(),
  chats: z.boolean(),
}) satisfies z.ZodType<Capabilities>;

export const metadataSchema = z.record(z.string().max(64), z.json());
export type Metadata = z.infer<typeof metadataSchema>;

/** The session resource, as every route, event and stored snapshot shows it. */
export const sessionSchema = z.strictObject({
  id: sessionIdSchema,
  userId: userIdSchema,
  /** What its device runs on. Fixed when the session is created. */
  engine: engineSchema,
  state: z.enum(SESSION_STATES),
  value: z.string(),
  tags: z.array(z.enum(SESSION_TAGS)),
  since: instant,
  desired: z.enum(['running', 'stopped']),
  reason: z.enum(REASONS).nullable(),
  phoneNumber: z.string().nullable(),
  displayName: z.string().nullable(),
  qr: qrSchema.nullable(),
  pairingCode: pairingCodeSchema.nullable(),
  reconnect: z.strictObject({
    attempt: z.int().nonnegative(),
    maxAttempts: z.int().nonnegative(),
    nextAttemptAt: instant.nullable(),
  }),
  restarts: z.int().nonnegative(),
  durable: z.boolean(),
  /** Of the page that is open now; `null` while none is ready. */
  capabilities: capabilitiesSchema.nullable(),
  /**
   * `heldBy`: what keeps everybody in the queue from launching at present; `null` when it is only its turn that has not
   * come.
   */
  queue: z.strictObject({ position: z.int().positive(), heldBy: z.enum(QUEUE_HOLDERS).nullable() }).nullable(),
  lastError: z.strictObject({ code: z.string(), message: z.string(), at: instant }).nullable(),
  nodeId: z.string().nullable(),
  epoch: z.int().nonnegative(),
  rev: z.int().positive(),
  metadata: metadataSchema,
  createdAt: instant,
  updatedAt: instant,
});
export type Session = z.infer<typeof sessionSchema>;

/** One step of a session's life, as `history` lists it. */
export const transitionSchema = z.strictObject({
  rev: z.int().positive(),
  at: instant,
  from: z.string(),
  to: z.string(),
  event: z.string(),
  reason: z.enum(REASONS).nullable(),
  durationMs: z.int().nonnegative(),
  nodeId: z.string().nullable(),
});
export type Transition = z.infer<typeof transitionSchema>;

/**
 * The state that a value belongs to: `ready` of `ready.online`. Throws a `ZodError` on what is no value of a session.
 */
export function stateOf(value: string): SessionState {
  return z.enum(SESSION_STATES).parse(value.split('.', 1)[0]);
}

/** A session lives inside its user's namespace: the pair is its whole name. */
export interface SessionAddress {
  readonly userId: string;
  readonly id: string;
}

/** The address as one string: in Redis keys and as the queue's job id. Reversible, free of colons. */
export function sessionKey({ userId, id }: SessionAddress): string {
  return `${encodeURIComponent(userId)}/${id}`;
}

/** The inverse of {@link sessionKey}. Throws a `TypeError` on a string that is not one. */
export function parseSessionKey(key: string): SessionAddress {
  const slash = key.indexOf('/');
  if (slash < 1) throw new TypeError(`"${key}" is not a session key`);
  return { userId: decodeURIComponent(key.slice(0, slash)), id: key.slice(slash + 1) };
}
