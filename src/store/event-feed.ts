import type { Redis } from 'ioredis';

import type { FeedEvent } from '../domain/events.ts';
import { EventLog, type LogPiece } from './event-log.ts';
import { readFeedEvent } from './feed-entry.ts';
import { FeedListeners, type FeedListener, type FeedScope } from './feed-listeners.ts';
import type { Keyspace } from './keys.ts';
import { BEGINNING, comparePositions } from './position.ts';
import { StreamFollower } from './stream-follower.ts';

interface EventFeedOptions {
  /** For short commands. */
  readonly redis: Redis;
  /** A connection of its own, for the one blocking read. Closed by the feed. */
  readonly blocking: Redis;
  readonly keys: Keyspace;
  readonly onError: (error: unknown) => void;
  /**
   * The newest events, kept in memory so that listeners who were away for a moment cost Redis nothing. @defaultValue
   * 2,000
   */
  readonly recent?: number;
  /** How long one read waits for events, in milliseconds. @defaultValue 5,000 */
  readonly blockMs?: number;
}

/**
 * This process's one subscription to the event log, and everybody's who listens here: streams to clients, and the
 * supervisor, which hears of requests this way. A listener gets each event once, in order; one that throws hurts nobody
 * but itself.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #log: EventLog;
  readonly #follower: StreamFollower;
  readonly #listeners = new FeedListeners();
  readonly #recent: FeedEvent[] = [];
  #position = BEGINNING;

  constructor(options: EventFeedOptions) {
    const { redis, blocking, keys, blockMs, onError } = options;
    this.#options = options;
    this.#log = new EventLog({ redis, keys, onError });
    this.#follower = new StreamFollower({
      blocking,
      key: keys.events,
      blockMs,
      onError,
      onEntry: (position, flat) => this.#publish(position, flat),
    });
  }

  /** Position of the newest event this process has seen. */
  get position(): string {
    return this.#position;
  }

  /** Finds the end of the log and follows it from there. */
  async start(): Promise<void> {
    this.#position = (await this.#log.newest()) ?? this.#position;
    this.#follower.start(this.#position);
  }

  /**
   * Calls `listener` with each event of the scope from now on that is newer than `after`; returns how to stop that.
   */
  listen(listener: FeedListener, after = BEGINNING, scope: FeedScope = { kind: 'all' }): () => void {
    const newer: FeedListener = (event) => {
      if (comparePositions(event.position, after) > 0) listener(event);
    };
    return this.#listeners.add(newer, scope);
  }

  /**
   * Everything after `position` that this process has seen when the reading begins, of one user or (`null`) of all, in
   * pieces; a gap is the last one. Whoever listens before it reads, and then passes over what is not newer than the last
   * event read, misses nothing and gets nothing twice.
   */
  async *replay(position: string, userId: string | null): AsyncGenerator<LogPiece, void, undefined> {
    const upTo = this.#position;
    if (comparePositions(position, upTo) > 0) {
      // A listener that comes from another node may be ahead of this one.
      if (!(await this.#log.reaches(position))) yield { kind: 'gap' };
      return;
    }
    const first = this.#recent[0];
    if (first === undefined || comparePositions(position, first.position) < 0) {
      if (position !== upTo) yield* this.#log.read({ after: position, upTo, userId });
      return;
    }
    const events = this.#recent.filter(
      (event) => comparePositions(event.position, position) > 0 && (userId === null || event.userId === userId),
    );
    if (events.length > 0) yield { kind: 'events', events };
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
    this.#listeners.clear();
  }

  #publish(id: string, flat: readonly string[]): void {
    const { recent = 2_000, onError } = this.#options;
    this.#position = id;
    for (const event of readFeedEvent(id, flat, onError)) {
      this.#recent.push(event);
      if (this.#recent.length > recent) this.#recent.splice(0, this.#recent.length - recent);
      this.#listeners.tell(event, onError);
    }
  }
}
