import type { FeedEvent } from './events.ts';
import {
  isMessageEventType,
  messageEventData,
  type MessageEventData,
  type MessageEventType,
} from './message-events.ts';
import type { Session, SessionAddress } from './session.ts';

/** A session's snapshot as clients get it. */
export interface SnapshotData extends Session {
  /** The machine event, or `intent.<action>`, that led here; `null` for a session as it is, which no event led to. */
  readonly event: string | null;
}

/** An event about messages, with what its session's log tells. */
export type MessageEnvelope = {
  readonly [Type in MessageEventType]: {
    readonly type: Type;
    readonly data: { readonly sessionId: string; readonly userId: string } & MessageEventData<Type>;
  };
}[MessageEventType];

/** An event as streams, webhooks and clients name it, with what they are told. */
export type EventEnvelope =
  | { readonly type: 'session.snapshot'; readonly data: SnapshotData }
  | {
      readonly type: 'session.deleted';
      readonly data: { readonly id: string; readonly userId: string; readonly stillListed?: true };
    }
  | {
      readonly type: 'webhook.disabled';
      readonly data: {
        readonly sessionId: string;
        readonly userId: string;
        readonly webhookId: string;
        readonly why: 'gone' | 'failing';
      };
    }
  | MessageEnvelope;

/** An event that tells itself all that is to be told. */
export type PlainEvent = Extract<FeedEvent, { type: 'session.snapshot' | 'session.deleted' | 'webhook.disabled' }>;

export function isPlain(event: FeedEvent): event is PlainEvent {
  return !isMessageEventType(event.type);
}

/** What is public of an event. Nothing of the intent is. */
export function envelopeOf(event: PlainEvent): EventEnvelope {
  const { userId, sessionId } = event;
  switch (event.type) {
    case 'session.snapshot':
      return { type: event.type, data: { ...event.session, event: event.event } };
    case 'session.deleted':
      return { type: event.type, data: { id: sessionId, userId, ...(event.stillListed && { stillListed: true }) } };
    case 'webhook.disabled':
      return { type: event.type, data: { sessionId, userId, webhookId: event.webhookId, why: event.why } };
  }
}

/** The envelope of what a session's log tells. Throws where the log's entry has not the form of its type. */
export function messageEnvelope(
  type: MessageEventType,
  { userId, id: sessionId }: SessionAddress,
  told: unknown,
): MessageEnvelope {
  // Types by name: the schema of each says what its data is.
  return { type, data: { sessionId, userId, ...messageEventData[type].parse(told) } } as MessageEnvelope;
}

/** The envelope of a session as it is now. */
export function presentEnvelope(session: Session): EventEnvelope {
  return { type: 'session.snapshot', data: { ...session, event: null } };
}
