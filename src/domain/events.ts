import type { Session } from './session.ts';
import type { SessionIntent } from './session-intent.ts';

/** Names of the events that streams and webhooks carry. */
export const EVENT_TYPES = [
  'session.snapshot',
  'session.deleted',
  'message.received',
  'message.sent',
  'message.ack',
  'message.failed',
  'webhook.disabled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** A message as the page reported it. */
export interface IncomingMessage {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly chatId: string;
  readonly type: string;
  readonly body: string;
  readonly timestamp: number;
  readonly hasMedia: boolean;
  readonly author?: string;
}

interface Place {
  /** Position in the event stream: opaque, ordered, resumable. */
  readonly position: string;
  readonly userId: string;
  readonly sessionId: string;
}

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
  | (Place & { readonly type: 'session.deleted' })
  | (Place & { readonly type: 'message.received'; readonly message: IncomingMessage })
  /** `sessionId`: of which a delivery was refused last. */
  | (Place & { readonly type: 'webhook.disabled'; readonly webhookId: string; readonly why: 'gone' | 'failing' });
