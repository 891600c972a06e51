// What the service answers with, in plain types: the package stands on nothing, and a type that is made from a schema is
// `any` where the schema's library is not installed. test/client/resources.test.ts holds them to the service's own.

/** The states that a client needs to tell apart; `value` says more. */
export type SessionState = 'waiting_qr' | 'authenticating' | 'ready' | 'disconnected' | 'reconnecting' | 'failed';

/** Why a session is disconnected, reconnecting or failed. */
export type Reason =
  | 'never_started'
  | 'stopped'
  | 'queued'
  | 'logged_out'
  | 'qr_expired'
  | 'evicted'
  | 'launch_timeout'
  | 'sync_timeout'
  | 'browser_crashed'
  | 'page_crashed'
  | 'page_unresponsive'
  | 'network'
  | 'conflict'
  | 'blocked'
  | 'outdated'
  | 'browser_too_old'
  | 'other_account'
  | 'node_lost'
  | 'attempts_exhausted'
  | 'restarts_exhausted'
  | 'internal_error';

/**
 * What may be relied on, whatever substates are added. `connected`: messages flow. `needs_scan`: a person must act.
 * `busy`: it moves on by itself. `settled`: it stays until somebody acts. `at_rest`: no browser runs.
 */
export type SessionTag = 'connected' | 'needs_scan' | 'busy' | 'settled' | 'at_rest';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Times are ISO 8601, here and below. */
export interface Qr {
  /** What the picture encodes. */
  code: string;
  /** Counts the codes of this wait, from 1. */
  seq: number;
  issuedAt: string;
  expiresAt: string;
}

export interface PairingCode {
  code: string;
  /** Digits with the country code. */
  phoneNumber: string;
  issuedAt: string;
  expiresAt: string;
}

/** What every session has, whatever its state. */
interface Common {
  /** Chosen by the caller, unique among the user's. */
  id: string;
  userId: string;
  /** What its device runs on. Fixed when the session is created. */
  engine: 'browser' | 'simulated';
  tags: SessionTag[];
  /** When `value` last changed. */
  since: string;
  /** What was asked for, whatever is the case now. */
  desired: 'running' | 'stopped';
  displayName: string | null;
  reconnect: { attempt: number; maxAttempts: number; nextAttemptAt: string | null };
  restarts: number;
  /** Its login is sealed in the vault: the crash of a machine no longer costs a scan. */
  durable: boolean;
  /** What the page that is open now can be used for; `null` while none is ready. What needs what it lacks, waits. */
  capabilities: { receive: boolean; send: boolean; media: boolean; chats: boolean } | null;
  /** While it waits for capacity. `heldBy`: what keeps everybody in the queue from launching at present. */
  queue: { position: number; heldBy: 'breaker' | 'pressure' | 'no_node' | null } | null;
  lastError: { code: string; message: string; at: string } | null;
  /** The node that runs it, or last did. */
  nodeId: string | null;
  /** Fencing token of that node; only grows. */
  epoch: number;
  /** Grows with each change. */
  rev: number;
  /** Yours: kept and returned as it is. */
  metadata: Record<string, Json>;
  createdAt: string;
  updatedAt: string;
}

/** The small answer for a page that polls. */
export interface SessionStatus {
  readonly id: string;
  readonly state: SessionState;
  /** Messages flow. */
  readonly connected: boolean;
  readonly phoneNumber: string | null;
  readonly since: string;
  /** There is a QR to show. */
  readonly qrAvailable: boolean;
  readonly rev: number;
}

/** What the browser of a ready session holds in memory, and when that was read. */
export interface SessionMemory {
  readonly id: string;
  readonly userId: string;
  readonly bytes: number;
  readonly measuredAt: string;
}

/** One step of a session's life. */
export interface Transition {
  rev: number;
  at: string;
  from: string;
  to: string;
  event: string;
  reason: Reason | null;
  durationMs: number;
  nodeId: string | null;
}

/** Why a session rests, or waits for its turn. */
export type RestReason = Extract<
  Reason,
  'never_started' | 'stopped' | 'queued' | 'logged_out' | 'qr_expired' | 'evicted'
>;
/** What a browser was lost to, or what came of that. */
export type LossReason = Exclude<Reason, RestReason>;

/** The session resource in one state. Whatever is null in that state by nature is not in its type. */
type In<State extends SessionState, Why extends Reason | null, Own> = Readonly<
  Common & { state: State; value: `${State}.${string}`; reason: Why } & Own
>;
type Known = { phoneNumber: string | null };

/** Shows a code. Either a QR or, after `pairWith`, a pairing code. */
export type WaitingSession = In<
  'waiting_qr',
  null,
  Known & ({ qr: Qr; pairingCode: null } | { qr: null; pairingCode: PairingCode })
>;
export type AuthenticatingSession = In<'authenticating', null, Known>;
export type ReadySession = In<'ready', null, { phoneNumber: string }>;
export type DisconnectedSession = In<'disconnected', RestReason, Known>;
export type ReconnectingSession = In<'reconnecting', LossReason | null, Known>;
export type FailedSession = In<'failed', LossReason, Known>;

/** A session as the service tells of it. Look at `state`: `qr` exists only in `waiting_qr`. */
export type Session =
  | WaitingSession
  | AuthenticatingSession
  | ReadySession
  | DisconnectedSession
  | ReconnectingSession
  | FailedSession;
export type SessionIn<State extends SessionState> = Extract<Session, { state: State }>;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Of the next page; `null` on the last one. */
  readonly nextCursor: string | null;
}
