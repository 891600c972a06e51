import type { MessageData, MessageEventType } from './message-types.ts';
import type { Session } from './session-types.ts';

/** Events that a stream may be asked for by name. */
export type EventType = 'session.snapshot' | 'session.deleted' | MessageEventType | 'webhook.disabled';

interface Told {
  /** Pass it as `lastEventId` to go on behind this event. `null`: one cannot go on from here. */
  readonly position: string | null;
}

export type SnapshotEvent = Told & {
  readonly type: 'session.snapshot';
  readonly session: Session;
  /** What led here; `null` when this is how things stood when the stream began. */
  readonly event: string | null;
};
export type DeletedEvent = Told & {
  readonly type: 'session.deleted';
  readonly sessionId: string;
  readonly userId: string;
  /** WhatsApp could not be told: the phone lists the device until somebody removes it there. */
  readonly stillListed?: true;
};
/** Events between `lastEventId` and now are lost. What became of the sessions follows; messages may be missing. */
export type GapEvent = Told & { readonly type: 'gap'; readonly lastEventId: string };

/** An event about the messages of a session. */
export type MessageEvent = {
  readonly [Type in MessageEventType]: Told & {
    readonly type: Type;
    readonly sessionId: string;
    readonly userId: string;
  } & MessageData[Type];
}[MessageEventType];

/** An endpoint is told nothing more: it answered 410, or every attempt of five days failed. */
export type WebhookDisabledEvent = Told & {
  readonly type: 'webhook.disabled';
  /** Of which session a delivery was refused last. */
  readonly sessionId: string;
  readonly userId: string;
  readonly webhookId: string;
  readonly why: 'gone' | 'failing';
};

export type ClientEvent = SnapshotEvent | DeletedEvent | GapEvent | MessageEvent | WebhookDisabledEvent;
