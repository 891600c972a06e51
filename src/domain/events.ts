import { MESSAGE_EVENT_TYPES, type MessageEventType } from './message-events.ts';
import type { Session } from './session.ts';
import type { SessionIntent } from './session-intent.ts';

/** Names of the events that streams and webhooks carry. */
export const EVENT_TYPES = ['session.snapshot', 'session.deleted', ...MESSAGE_EVENT_TYPES, 'webhook.disabled'] as const;

interface Place {
  /** Position in the event stream: opaque, ordered, resumable. */
  readonly position: string;
  readonly userId: string;
  readonly sessionId: string;
}

/** Something happened to a message: where the session's log tells what. The stream itself holds nobody's words. */
export type MessagePointer = Place & {
  readonly type: MessageEventType;
  /** Position in the log of the session. */
  readonly logPosition: string;
};

/** An entry of the stream: every change of every session, in one order. */
export type FeedEvent =
  | (Place & {
      readonly type: 'session.snapshot';
      readonly session: Session;
      /** The machine event, or `intent.<action>`, that led here. */
      readonly event: string;
      /** The intent as it stood with this snapshot: the owner that acts upon it need not read the record again. */
      readonly intent: SessionIntent;
    })
  /** `stillListed`: WhatsApp could not be told, so that the phone lists the device until somebody removes it there. */
  | (Place & { readonly type: 'session.deleted'; readonly stillListed: boolean })
  /** `sessionId`: of which a delivery was refused last. */
  | (Place & { readonly type: 'webhook.disabled'; readonly webhookId: string; readonly why: 'gone' | 'failing' })
  | MessagePointer;
