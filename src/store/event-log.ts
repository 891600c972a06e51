import type { Redis } from 'ioredis';

import type { FeedEvent } from '../domain/events.ts';
import { reachStore } from './connection.ts';
import { readFeedEvent, userOf } from './feed-entry.ts';
import type { Keyspace } from './keys.ts';
import { BEGINNING, comparePositions } from './position.ts';
import { readEventsOfUser } from './scripts/read-events-of-user.ts';

type Entry = readonly [position: string, flat: readonly string[]];

/** A piece of the log, in order. `gap`: what comes next is no longer kept, or the position is not one of this log's. */
export type LogPiece = { readonly kind: 'events'; readonly events: readonly FeedEvent[] } | { readonly kind: 'gap' };

/** What of the log is to be read. */
export interface LogRange {
  /** The last position that is known already. */
  readonly after: string;
  /** The last position that is asked for. */
  readonly upTo: string;
  /** One user's events; `null`: everybody's. */
  readonly userId: string | null;
}

interface EventLogOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Hears of an entry that cannot be read, and is passed over. */
  readonly onError: (error: unknown) => void;
}

const CHUNK = 500;

/**
 * Every change of every session, in one order, as Redis keeps it: a stream of everybody's events, and beside it one for
 * each user, in which the same event has the same position. Scripts append to both in the step that makes the change.
 *
 * A user's own stream is read where it is known to hold everything, so that others cannot crowd out what it holds; else
 * everybody's is.
 */
export class EventLog {
  readonly #options: EventLogOptions;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  /** Position of the newest event, or `null` where there is none. Throws {@link StoreUnavailableError}. */
  async newest(): Promise<string | null> {
    const { redis, keys } = this.#options;
    const [newest] = await reachStore(() => redis.xrevrange(keys.events, '+', '-', 'COUNT', 1));
    return newest?.[0] ?? null;
  }

  /** Whether the log has come as far as `position`. Throws {@link StoreUnavailableError}. */
  async reaches(position: string): Promise<boolean> {
    const newest = await this.newest();
    return newest !== null && comparePositions(position, newest) <= 0;
  }

  /** Reads a range in pieces; a gap is the last one. Throws {@link StoreUnavailableError}. */
  async *read({ after, upTo, userId }: LogRange): AsyncGenerator<LogPiece, void, undefined> {
    let position = after;
    if (userId !== null) {
      for (;;) {
        const entries = await this.#ofUser(userId, position);
        if (entries === null) break;
        const wanted = entries.filter(([id]) => comparePositions(id, upTo) <= 0);
        if (wanted.length > 0) yield this.#piece(wanted);
        if (wanted.length < CHUNK) return;
        position = wanted.at(-1)?.[0] ?? position;
      }
    }
    yield* this.#ofEverybody({ after: position, upTo, userId });
  }

  /** `null`: only everybody's stream can tell. */
  async #ofUser(userId: string, after: string): Promise<readonly Entry[] | null> {
    const { redis, keys } = this.#options;
    const names = { events: keys.events, eventsOfUser: keys.eventsOf(userId), wholeness: keys.wholeness };
    const [verdict, entries] = await reachStore(() => readEventsOfUser.run(redis, names, { after, count: CHUNK }));
    return verdict === 'whole' ? entries : null;
  }

  async *#ofEverybody({ after, upTo, userId }: LogRange): AsyncGenerator<LogPiece, void, undefined> {
    const { redis, keys } = this.#options;
    let position = after;
    while (comparePositions(position, upTo) < 0) {
      const from = `(${position}`;
      const read = reachStore(() => redis.xrange(keys.events, from, '+', 'COUNT', CHUNK));
      // Asked behind the read, on the same connection: what it misses for having been trimmed meanwhile is noticed.
      const [entries, forgotten] = await Promise.all([read, this.#hasForgotten(position)]);
      const last = entries.at(-1);
      if (forgotten || last === undefined) return yield { kind: 'gap' };
      const wanted = entries.filter(
        ([id, flat]) => comparePositions(id, upTo) <= 0 && (userId === null || userOf(flat) === userId),
      );
      if (wanted.length > 0) yield this.#piece(wanted);
      position = last[0];
    }
  }

  #piece(entries: readonly Entry[]): LogPiece {
    return { kind: 'events', events: entries.flatMap(([id, flat]) => readFeedEvent(id, flat, this.#options.onError)) };
  }

  /**
   * Whether entries of everybody's stream after `position` may be gone: all are kept from the oldest on, and before it
   * only the beginning of an untrimmed stream is known.
   */
  async #hasForgotten(position: string): Promise<boolean> {
    const { redis, keys } = this.#options;
    const [oldest] = await reachStore(() => redis.xrange(keys.events, '-', '+', 'COUNT', 1));
    if (oldest === undefined) return true;
    if (comparePositions(position, oldest[0]) >= 0) return false;
    if (position !== BEGINNING) return true;
    const info = await reachStore(() => redis.xinfo('STREAM', keys.events));
    const fields = new Map(Array.isArray(info) ? chunkPairs(info) : []);
    return Number(fields.get('entries-added')) > Number(fields.get('length'));
  }
}

function chunkPairs(flat: readonly unknown[]): [string, unknown][] {
  const pairs: [string, unknown][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([String(flat[index]), flat[index + 1]]);
  return pairs;
}
