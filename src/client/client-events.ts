import type { EventType, FeedEvent } from '../domain/events.ts';
import type { Session } from './session-types.ts';

export type { EventType };

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
};
/** Events between `lastEventId` and now are lost. What became of the sessions follows; messages may be missing. */
export type GapEvent = Told & { readonly type: 'gap'; readonly lastEventId: string };

type MessageEventOf<Event> = Event extends { type: infer Type extends `message.${string}`; message: infer Message }
  ? Told & { readonly type: Type; readonly sessionId: string; readonly userId: string; readonly message: Message }
  : never;
/** Every event about a message that the service's feed knows. */
export type MessageEvent = MessageEventOf<FeedEvent>;

export type ClientEvent = SnapshotEvent | DeletedEvent | GapEvent | MessageEvent;
