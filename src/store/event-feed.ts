import { setTimeout as delay } from 'node:timers/promises';

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
  /**
   * The newest events, kept in memory so that listeners who were away for a moment cost Redis nothing. @defaultValue
   * 2,000
   */
  readonly recent?: number;
  /** How long one read waits for events, in milliseconds. @defaultValue 5,000 */
  readonly blockMs?: number;
}

const RETRY_MS = 200;
/** How late the answer to a waiting read may be. */
const OVERDUE_MS = 5_000;
const CHUNK = 500;
const POSITION = /^(\d{1,15})-(\d{1,10})$/;

/**
 * This process's one subscription to the event stream, and everybody's who listens here: streams to clients, and the
 * supervisor, which hears of requests this way. A listener gets each event once, in order; one that throws hurts nobody
 * but itself.
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
    const aborted = new Promise<void>((resolve) =>
      this.#stop.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    // A read that waits for a reconnect is never settled once its connection is closed for good.
    this.#following = Promise.race([this.#follow(), aborted]);
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
   * Everything after `position`, up to and including {@link EventFeed.position} at the time of the answer: whoever
   * calls `listen` in the same tick in which this resolves, with the position of the last one got, misses nothing and
   * gets nothing twice.
   */
  async replayAfter(position: string): Promise<Replay> {
    if (compare(position, this.#position) > 0) return this.#isKnown(position);
    const first = this.#recent[0];
    if (first !== undefined && compare(position, first.position) >= 0)
      return { kind: 'events', events: this.#recentAfter(position) };
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
    const { redis, keys, onError } = this.#options;
    const events: FeedEvent[] = [];
    let after = position;
    for (;;) {
      const read = reachStore(() => redis.xrange(keys.events, `(${after}`, '+', 'COUNT', CHUNK));
      // Asked behind the read, on the same connection: what it misses for having been trimmed meanwhile is noticed.
      const [entries, forgotten] = await Promise.all([read, this.#hasForgotten(after)]);
      if (forgotten || (entries.length === 0 && compare(after, this.#position) < 0)) return { kind: 'gap' };
      for (const [id, flat] of entries) {
        // What the feed has not seen yet, `listen` will bring.
        if (compare(id, this.#position) > 0) break;
        events.push(...readFeedEvent(id, flat, onError));
        after = id;
      }
      const first = this.#recent[0];
      if (first !== undefined && compare(after, first.position) >= 0)
        return { kind: 'events', events: [...events, ...this.#recentAfter(after)] };
      if (compare(after, this.#position) >= 0) return { kind: 'events', events };
    }
  }

  /**
   * Whether entries after `position` may be gone: all are kept from the oldest on, and before it only the beginning of
   * an untrimmed stream is known.
   */
  async #hasForgotten(position: string): Promise<boolean> {
    const { redis, keys } = this.#options;
    const [oldest] = await reachStore(() => redis.xrange(keys.events, '-', '+', 'COUNT', 1));
    if (oldest === undefined) return true;
    if (compare(position, oldest[0]) >= 0) return false;
    if (position !== '0-0') return true;
    const info = await reachStore(() => redis.xinfo('STREAM', keys.events));
    const fields = new Map(Array.isArray(info) ? chunkPairs(info) : []);
    return Number(fields.get('entries-added')) > Number(fields.get('length'));
  }

  #recentAfter(position: string): FeedEvent[] {
    return this.#recent.filter((event) => compare(event.position, position) > 0);
  }

  async #follow(): Promise<void> {
    const { onError } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const reply = await this.#read();
        if (signal.aborted) return;
        for (const [, entries] of reply ?? []) {
          for (const [id, flat] of entries) this.#publish(id, flat);
        }
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /**
   * Waits for events. A connection that has died in silence gives no answer and no error: one that is overdue is
   * closed, and opened anew.
   */
  async #read() {
    const { blocking, keys, blockMs = 5_000 } = this.#options;
    const overdue = setInterval(() => blocking.disconnect(true), blockMs + OVERDUE_MS);
    const endOverdue = (): void => clearInterval(overdue);
    this.#stop.signal.addEventListener('abort', endOverdue, { once: true });
    try {
      return await blocking.xread('COUNT', CHUNK, 'BLOCK', blockMs, 'STREAMS', keys.events, this.#position);
    } finally {
      endOverdue();
      this.#stop.signal.removeEventListener('abort', endOverdue);
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
