import type { EventType, FeedEvent, IncomingMessage } from './events.ts';
import type { Session } from './session.ts';

/** A session's snapshot as clients get it. */
export interface SnapshotData extends Session {
  /** The machine event, or `intent.<action>`, that led here; `null` for a session as it is, which no event led to. */
  readonly event: string | null;
}

/** An event as streams, webhooks and clients name it, with what they are told. */
export type EventEnvelope =
  | { readonly type: 'session.snapshot'; readonly data: SnapshotData }
  | { readonly type: 'session.deleted'; readonly data: { readonly id: string; readonly userId: string } }
  | {
      readonly type: 'message.received';
      readonly data: { readonly sessionId: string; readonly userId: string; readonly message: IncomingMessage };
    }
  | {
      readonly type: 'webhook.disabled';
      readonly data: {
        readonly sessionId: string;
        readonly userId: string;
        readonly webhookId: string;
        readonly why: 'gone' | 'failing';
      };
    };

/** What is public of an event. Nothing of the intent is. */
export function envelopeOf(event: FeedEvent): EventEnvelope & { readonly type: EventType } {
  const { userId, sessionId } = event;
  switch (event.type) {
    case 'session.snapshot':
      return { type: event.type, data: { ...event.session, event: event.event } };
    case 'session.deleted':
      return { type: event.type, data: { id: sessionId, userId } };
    case 'message.received':
      return { type: event.type, data: { sessionId, userId, message: event.message } };
    case 'webhook.disabled':
      return { type: event.type, data: { sessionId, userId, webhookId: event.webhookId, why: event.why } };
  }
}

/** The envelope of a session as it is now. */
export function presentEnvelope(session: Session): EventEnvelope {
  return { type: 'session.snapshot', data: { ...session, event: null } };
}
