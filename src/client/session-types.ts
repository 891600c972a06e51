import type { memoryResource, statusResource } from '../api/http/resources.ts';
import type {
  PairingCode,
  Qr,
  Reason,
  Session as Resource,
  SessionState,
  SessionTag,
  Transition,
} from '../domain/session.ts';

export type { PairingCode, Qr, Reason, SessionState, SessionTag, Transition };
export type SessionStatus = Readonly<(typeof statusResource)['_output']>;
/** What the browser of a ready session holds in memory, and when that was read. */
export type SessionMemory = Readonly<(typeof memoryResource)['_output']['items'][number]>;

/** Why a session rests, or waits for its turn. */
export type RestReason = Extract<
  Reason,
  'never_started' | 'stopped' | 'queued' | 'logged_out' | 'qr_expired' | 'evicted'
>;
/** What a browser was lost to, or what came of that. */
export type LossReason = Exclude<Reason, RestReason>;

type Common = Omit<Resource, 'state' | 'value' | 'reason' | 'qr' | 'pairingCode' | 'phoneNumber'>;

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
