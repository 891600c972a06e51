export { ApiError, type Problem, type ProblemCode } from './api-error.ts';
export { createClient, type Client, type ClientOptions, type ListOptions, type Sessions } from './client.ts';
export type { ClientEvent, DeletedEvent, EventType, GapEvent, MessageEvent, SnapshotEvent } from './client-events.ts';
export type { EventOptions } from './event-subscription.ts';
export type { Call, TokenSource } from './requester.ts';
export {
  WaitTimeoutError,
  type ActionOptions,
  type Cancelable,
  type EnsureOptions,
  type PageOptions,
  type ScannableQr,
  type SessionHandle,
  type TypableCode,
  type WaitOptions,
} from './session-handle.ts';
export {
  createSessionStore,
  type Connection,
  type SessionActions,
  type SessionStore,
  type SessionView,
} from './session-store.ts';
export type {
  AuthenticatingSession,
  DisconnectedSession,
  FailedSession,
  LossReason,
  Page,
  PairingCode,
  Qr,
  ReadySession,
  Reason,
  ReconnectingSession,
  RestReason,
  Session,
  SessionIn,
  SessionMemory,
  SessionState,
  SessionStatus,
  SessionTag,
  Transition,
  WaitingSession,
} from './session-types.ts';
export type { Timing } from './timing.ts';
