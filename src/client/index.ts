export { ApiError, type Problem, type ProblemCode } from './api-error.ts';
export { createClient, type Client, type ClientOptions } from './client.ts';
export type {
  ClientEvent,
  DeletedEvent,
  EventType,
  GapEvent,
  MessageEvent,
  SnapshotEvent,
  WebhookDisabledEvent,
} from './client-events.ts';
export type {
  MessageData,
  MessageErrorCode,
  MessageEventType,
  MessageHold,
  MessageRecord,
  MessageStatus,
  MessageType,
  ReceivedMessage,
} from './message-types.ts';
export type { EventOptions } from './event-subscription.ts';
export type { Call, TokenSource } from './requester.ts';
export {
  createLiveSession,
  type Connection,
  type LiveSession,
  type SessionActions,
  type SessionView,
} from './live-session.ts';
export type { AwaitedStatus, MessageAt, OutgoingMessage } from './outgoing-types.ts';
export { MessageEndedError, MessageTimeoutError, type SentMessage } from './sent-message.ts';
export type { SendOptions, SentOptions, SessionMessages } from './session-messages.ts';
export { WaitTimeoutError, type SessionHandle } from './session-handle.ts';
export type {
  AuthenticatingSession,
  DisconnectedSession,
  FailedSession,
  Json,
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
export type {
  ActionOptions,
  Cancelable,
  EnsureOptions,
  IncomingMessage,
  MessagesOptions,
  PageOptions,
  ScannableQr,
  SessionVerbs,
  TypableCode,
  WaitOptions,
} from './session-verbs.ts';
export type { ListOptions, Sessions } from './sessions.ts';
export {
  verifyWebhook,
  WebhookVerificationError,
  type VerifyOptions,
  type WebhookDelivery,
  type WebhookRequest,
} from './verify-webhook.ts';
export type {
  DeadLetter,
  Delivery,
  DeliveryOutcome,
  ReplayOptions,
  Webhook,
  WebhookEvent,
  Webhooks,
  WebhookSettings,
  WebhookTest,
  WebhookWithSecret,
} from './webhook-types.ts';
