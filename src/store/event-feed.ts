import type { Redis } from 'ioredis';

import type { FeedEvent } from '../domain/events.ts';
import { reachStore } from './connection.ts';
import { readFeedEvent } from './feed-entry.ts';
import type { Keyspace } from './keys.ts';

/** Where a listener may go on. `gap`: the position is older than what is kept, or not one of this stream's. */
export type Replay = { readonly kind: 'events'; readonly events: readonly FeedEvent[] } | { readonly kind: 'gap' };

export type FeedListener = (event: FeedEvent) => void;

interface EventFeedOptions {
  /** For short commands. */
  readonly redis: Redis;
  /** A connection of its own, for the one blocking read. Closed by the feed. */
  readonly blocking: Redis;
  readonly keys: Keyspace;
  readonly onError: (error: unknown) => void;
  /** The newest events, kept in memory so that listeners who were away for a moment cost Redis nothing. @defaultValue 2,000 */
  readonly recent?: number;
}

const BLOCK_MS = 5_000;
const RETRY_MS = 200;
const CHUNK = 500;
const POSITION = /^(\d{1,15})-(\d{1,10})$/;

/**
 * This process's one subscription to the event stream, and everybody's who listens here: streams to clients, and the supervisor, which hears
 * of requests this way. A listener gets each event once, in order; one that throws hurts nobody but itself.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #listeners = new Set<FeedListener>();
  readonly #recent: FeedEvent[] = [];
  readonly #stop = new AbortController();
  #position = '0-0';
  #following: Promise<void> = Promise.resolve();

  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  /** Whether `position` has the form of one; any other is a fault of the caller. */
  static isPosition(position: string): boolean {
    return POSITION.test(position);
  }

  /** Position of the newest event this process has seen. */
  get position(): string {
    return this.#position;
  }

  /** Finds the end of the stream and follows it from there. */
  async start(): Promise<void> {
    const { redis, keys } = this.#options;
    const [newest] = await reachStore(() => redis.xrevrange(keys.events, '+', '-', 'COUNT', 1));
    if (newest !== undefined) this.#position = newest[0];
    this.#following = this.#follow();
  }

  /** Calls `listener` with each event from now on that is newer than `after`; returns how to stop that. */
  listen(listener: FeedListener, after = '0-0'): () => void {
    const newer: FeedListener = (event) => {
      if (compare(event.position, after) > 0) listener(event);
    };
    this.#listeners.add(newer);
    return () => this.#listeners.delete(newer);
  }

  /**
   * Everything after `position`, up to and including {@link EventFeed.position} at the time of the answer: whoever calls `listen` in the
   * same tick in which this resolves, with the position of the last one got, misses nothing and gets nothing twice.
   */
  async replayAfter(position: string): Promise<Replay> {
    if (compare(position, this.#position) > 0) return this.#isKnown(position);
    const first = this.#recent[0];
    if (first !== undefined && compare(position, first.position) >= 0) return { kind: 'events', events: this.#recentAfter(position) };
    if (position === this.#position) return { kind: 'events', events: [] };
    return this.#replayFromRedis(position);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#options.blocking.disconnect();
    await this.#following;
    this.#listeners.clear();
  }

  /** A listener that comes from another node may be ahead of this one. */
  async #isKnown(position: string): Promise<Replay> {
    const { redis, keys } = this.#options;
    const [newest] = await reachStore(() => redis.xrevrange(keys.events, '+', '-', 'COUNT', 1));
    return newest !== undefined && compare(position, newest[0]) <= 0 ? { kind: 'events', events: [] } : { kind: 'gap' };
  }

  async #replayFromRedis(position: string): Promise<Replay> {
    const { redis, keys } = this.#options;
    const [oldest] = await reachStore(() => redis.xrange(keys.events, '-', '+', 'COUNT', 1));
    if (oldest === undefined || (compare(position, oldest[0]) < 0 && (await this.#hasForgotten(oldest[0])))) return { kind: 'gap' };
    const events: FeedEvent[] = [];
    let after = position;
    for (;;) {
      const entries = await reachStore(() => redis.xrange(keys.events, `(${after}`, '+', 'COUNT', CHUNK));
      for (const [id, flat] of entries) {
        // What the feed has not seen yet, `listen` will bring.
        if (compare(id, this.#position) <= 0) events.push(...readFeedEvent(id, flat, this.#options.onError));
        after = id;
      }
      if (entries.length < CHUNK || compare(after, this.#position) >= 0) break;
    }
    // Events may have come by while Redis was asked: they are among the recent ones.
    return { kind: 'events', events: [...events, ...this.#recentAfter(events.at(-1)?.position ?? after)] };
  }

  /** Whether entries before the oldest have been trimmed away. */
  async #hasForgotten(oldest: string): Promise<boolean> {
    const { redis, keys } = this.#options;
    const info = await reachStore(() => redis.xinfo('STREAM', keys.events));
    const fields = new Map(Array.isArray(info) ? chunkPairs(info) : []);
    return Number(fields.get('entries-added')) > Number(fields.get('length')) && compare('0-0', oldest) < 0;
  }

  #recentAfter(position: string): FeedEvent[] {
    return this.#recent.filter((event) => compare(event.position, position) > 0);
  }

  async #follow(): Promise<void> {
    const { blocking, keys, onError } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const reply = await blocking.xread('COUNT', CHUNK, 'BLOCK', BLOCK_MS, 'STREAMS', keys.events, this.#position);
        for (const [, entries] of reply ?? []) {
          for (const [id, flat] of entries) this.#publish(id, flat);
        }
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #publish(id: string, flat: readonly string[]): void {
    const { recent = 2_000, onError } = this.#options;
    this.#position = id;
    for (const event of readFeedEvent(id, flat, onError)) {
      this.#recent.push(event);
      if (this.#recent.length > recent) this.#recent.splice(0, this.#recent.length - recent);
      for (const listener of this.#listeners) {
        try {
          listener(event);
        } catch (error) {
          onError(error);
        }
      }
    }
  }
}

/** Orders two positions: negative when `a` is the older. */
export function compare(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-');
  const [bMs = '0', bSeq = '0'] = b.split('-');
  return Number(aMs) - Number(bMs) || Number(aSeq) - Number(bSeq);
}

function chunkPairs(flat: readonly unknown[]): [string, unknown][] {
  const pairs: [string, unknown][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([String(flat[index]), flat[index + 1]]);
  return pairs;
}
