import type { FeedEvent } from '../../domain/events.ts';
import { sessionKey, type Session } from '../../domain/session.ts';
import type { EventFeed } from '../../store/event-feed.ts';
import type { FeedScope } from '../../store/feed-listeners.ts';
import { BEGINNING, comparePositions } from '../../store/position.ts';
import { commentFrame, frameOf, gapFrame, presentFrame, waitingBytes, type PayloadOf } from './event-frames.ts';
import type { Lifecycle } from '../http/lifecycle.ts';

export interface StreamLimits {
  /** Between two comments that keep proxies awake. @defaultValue 15,000 */
  readonly heartbeatMs: number;
  /** Events that wait for a client to read; with one more it is dropped. @defaultValue 1,000 */
  readonly maxQueuedEvents: number;
  /** The same in bytes. @defaultValue 1,048,576 */
  readonly maxQueuedBytes: number;
}

export const STREAM_LIMITS: StreamLimits = { heartbeatMs: 15_000, maxQueuedEvents: 1_000, maxQueuedBytes: 1_048_576 };

interface EventStreamOptions {
  readonly feed: EventFeed;
  readonly payloadOf: PayloadOf;
  readonly lifecycle: Lifecycle;
  readonly limits: StreamLimits;
  /** Whose events these are. */
  readonly scope: FeedScope;
  /** Which of them the client asked for and may see. */
  readonly selects: (event: FeedEvent) => boolean;
  /** The sessions it asked for, as they are now; in pages, so that thousands need not be held at once. */
  readonly present: () => AsyncIterable<readonly Session[]>;
  /** The client's `Last-Event-ID`. */
  readonly after: string | null;
  /** When the caller's token ends; ms since 1970. */
  readonly expiresAt: number;
  readonly now: () => number;
  /** The client has begun to read; returns what to call when its stream ends. */
  readonly onOpen: () => () => void;
  /** The client reads too slowly. Its connection must be cut: what waits in it will not be read. */
  readonly onSlow: () => void;
  readonly onError: (error: unknown) => void;
}

const RETRY_MS = 2_000;
/** Events whose words are in memory at once, for each stream. */
const PIECE = 32;
/** setTimeout takes no more; a longer wait is done in pieces. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * One client's stream. It begins with the first read (a HEAD request never reads), takes only as much as the client
 * does, and when the client lags behind the limits it ends, so that the client can resume from what it has got.
 */
export function openEventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const stream = new EventStream(options);
  const frames = stream.frames();
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await frames.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => stream.end('gone'),
    },
    { highWaterMark: 0 },
  );
}

class EventStream {
  readonly #options: EventStreamOptions;
  readonly #cleanups: (() => void)[] = [];
  /** Revs of the sessions shown at the start: events that led there are passed over. */
  readonly #shown = new Map<string, number>();
  #queue: FeedEvent[] = [];
  #queuedBytes = 0;
  #heartbeatIsDue = false;
  /** The last that was to be told is kept no more: what follows it and is not either is the same gap. */
  #isAtGap = false;
  #ending: 'draining' | 'expired' | 'slow' | 'gone' | null = null;
  #wake: () => void = () => undefined;
  /** The position that the client would resume from. */
  #position = BEGINNING;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  end(why: 'draining' | 'expired' | 'slow' | 'gone'): void {
    this.#ending ??= why;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#wake();
  }

  async *frames(): AsyncGenerator<Uint8Array, void, undefined> {
    const { feed, after, onOpen, onError } = this.#options;
    this.#cleanups.push(onOpen());
    this.#arm();
    this.#listen(after ?? feed.position);
    try {
      yield commentFrame('open', { retryMs: RETRY_MS });
      yield* after === null ? this.#present(feed.position) : this.#resume(after);
      yield* this.#follow();
      if (this.#ending === 'draining')
        yield commentFrame('this node is shutting down: connect again', { retryMs: RETRY_MS });
      if (this.#ending === 'expired') yield commentFrame('the token has expired');
    } catch (error) {
      // The client connects again and resumes from what it has got.
      onError(error);
    } finally {
      this.end('gone');
    }
  }

  /** All sessions as they are now; the client may resume behind `position`. */
  async *#present(position: string): AsyncGenerator<Uint8Array, void, undefined> {
    this.#position = position;
    let last: Session | null = null;
    for await (const page of this.#options.present()) {
      for (const session of page) {
        if (last !== null) yield presentFrame(last, null);
        this.#shown.set(sessionKey(session), session.rev);
        last = session;
        if (this.#ending !== null) return;
      }
    }
    // Only the last one can be resumed from: a start that breaks off must begin anew.
    yield last === null ? commentFrame('no sessions', { id: position }) : presentFrame(last, position);
  }

  async *#resume(after: string): AsyncGenerator<Uint8Array, void, undefined> {
    const { feed, scope, selects } = this.#options;
    this.#position = after;
    for await (const piece of feed.replay(after, scope.kind === 'all' ? null : scope.userId)) {
      if (piece.kind === 'gap') {
        yield gapFrame(after);
        // Read before the records: what changes while they are read is told again rather than missed.
        yield* this.#present(feed.position);
        return;
      }
      yield* this.#tell(piece.events.filter(selects));
      // An event that arrived while the replay was read is in the replay, or comes after it.
      const last = piece.events.at(-1)?.position ?? after;
      if (comparePositions(last, this.#position) > 0) this.#position = last;
      if (this.#ending !== null) return;
    }
  }

  async *#follow(): AsyncGenerator<Uint8Array, void, undefined> {
    const { feed } = this.#options;
    while (this.#ending === null || this.#queue.length > 0) {
      const events = this.#queue;
      this.#queue = [];
      this.#queuedBytes = 0;
      if (events.length > 0) {
        yield* this.#tell(events);
      } else if (this.#heartbeatIsDue) {
        yield this.#heartbeat(feed.position);
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }

  /** Events in order, with their words; where those are kept no more, that this is so. */
  async *#tell(events: readonly FeedEvent[]): AsyncGenerator<Uint8Array, void, undefined> {
    const { payloadOf } = this.#options;
    for (let begin = 0; begin < events.length; begin += PIECE) {
      const piece = events.slice(begin, begin + PIECE);
      const told = await Promise.all(piece.map((event) => frameOf(event, payloadOf)));
      let frames: Uint8Array[] = [];
      for (const [index, event] of piece.entries()) {
        const frame = told[index];
        const before = this.#position;
        if (frame === undefined || !this.#isNews(event)) continue;
        this.#isAtGap &&= frame === 'gone';
        if (frame !== 'gone') frames.push(frame);
        if (frame !== 'gone' || this.#isAtGap) continue;
        this.#isAtGap = true;
        if (frames.length > 0) yield together(frames);
        frames = [];
        yield gapFrame(before);
        yield* this.#present(event.position);
      }
      if (frames.length > 0) yield together(frames);
    }
  }

  /** All events up to the feed's position have come by, and none waits: the client may resume from there. */
  #heartbeat(position: string): Uint8Array {
    this.#heartbeatIsDue = false;
    const moved = comparePositions(position, this.#position) > 0;
    if (moved) this.#position = position;
    return commentFrame('still here', { id: moved ? position : null });
  }

  /** Whether the client has it not yet, from a replay or the session as it was shown. */
  #isNews(event: FeedEvent): boolean {
    if (comparePositions(event.position, this.#position) <= 0) return false;
    this.#position = event.position;
    const key = sessionKey({ userId: event.userId, id: event.sessionId });
    const shown = this.#shown.get(key);
    if (shown !== undefined && event.type === 'session.snapshot' && event.session.rev <= shown) return false;
    // A deleted session's successor counts its revs anew.
    if (event.type === 'session.snapshot' || event.type === 'session.deleted') this.#shown.delete(key);
    return true;
  }

  #listen(after: string): void {
    const { feed, scope, selects, limits, onSlow } = this.#options;
    const hear = (event: FeedEvent): void => {
      if (!selects(event)) return;
      this.#queue.push(event);
      this.#queuedBytes += waitingBytes(event);
      if (this.#queue.length > limits.maxQueuedEvents || this.#queuedBytes > limits.maxQueuedBytes) {
        this.end('slow');
        this.#queue = [];
        onSlow();
      }
      this.#wake();
    };
    this.#cleanups.push(feed.listen(hear, after, scope));
  }

  #arm(): void {
    const { limits, lifecycle, expiresAt, now } = this.#options;
    const heartbeat = setInterval(() => {
      this.#heartbeatIsDue = true;
      this.#wake();
    }, limits.heartbeatMs);
    this.#cleanups.push(() => clearInterval(heartbeat));
    let expiry: NodeJS.Timeout | undefined;
    const armExpiry = (): void => {
      const left = expiresAt - now();
      if (left <= 0) this.end('expired');
      else expiry = setTimeout(armExpiry, Math.min(left, MAX_TIMER_MS));
    };
    this.#cleanups.push(() => clearTimeout(expiry));
    armExpiry();
    this.#cleanups.push(lifecycle.onDrain(() => this.end('draining')));
  }
}

/** One by itself, as most are, is the same bytes for all who listen. */
function together(frames: readonly Uint8Array[]): Uint8Array {
  const [only] = frames;
  return only !== undefined && frames.length === 1 ? only : Buffer.concat(frames);
}
