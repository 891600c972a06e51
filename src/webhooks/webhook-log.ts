import type { Redis } from 'ioredis';

import type { FeedEvent } from '../domain/events.ts';
import { reachStore } from '../store/connection.ts';
import { readFeedEvent } from '../store/feed-entry.ts';
import type { Keyspace } from '../store/keys.ts';
import { BEGINNING, comparePositions } from '../store/position.ts';

/**
 * A piece of a session's log. `lost`: what lay between the cursor and `position` is no longer kept. `unreadable`: an
 * entry that this version does not understand.
 */
export type LogEntry =
  | { readonly kind: 'event'; readonly position: string; readonly event: FeedEvent; readonly isMove: boolean }
  | { readonly kind: 'lost'; readonly position: string }
  | { readonly kind: 'unreadable'; readonly position: string };

interface WebhookLogOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly onError: (error: unknown) => void;
}

/** What there is to deliver of each session, as the scripts that append events have noted it. */
export class WebhookLog {
  readonly #options: WebhookLogOptions;

  constructor(options: WebhookLogOptions) {
    this.#options = options;
  }

  /** What comes behind a position, in order; what is lost of it comes first. Throws `StoreUnavailableError`. */
  async after(key: string, cursor: string, count: number): Promise<readonly LogEntry[]> {
    const { redis, keys } = this.#options;
    const found = await reachStore(() => redis.xrange(keys.webhookLog(key), `(${cursor}`, '+', 'COUNT', count));
    const [first] = found;
    if (first === undefined) {
      const head = await this.head(key);
      return comparePositions(head, cursor) > 0 ? [{ kind: 'lost', position: head }] : [];
    }
    const before = first[1][1] ?? '';
    const lost: LogEntry[] =
      before !== '' && comparePositions(before, cursor) > 0 ? [{ kind: 'lost', position: before }] : [];
    return [...lost, ...found.map(([position, flat]) => this.#read(position, flat))];
  }

  /** One entry; `null` when it is no longer kept. Throws `StoreUnavailableError`. */
  async at(key: string, position: string): Promise<LogEntry | null> {
    const { redis, keys } = this.#options;
    const [found] = await reachStore(() => redis.xrange(keys.webhookLog(key), position, position));
    return found === undefined ? null : this.#read(found[0], found[1]);
  }

  /** The newest position there ever was. */
  async head(key: string): Promise<string> {
    const { redis, keys } = this.#options;
    const head = await reachStore(() => redis.hget(keys.webhookHeads, key));
    return head?.split(' ', 1)[0] || BEGINNING;
  }

  /** The oldest position that is kept, and the one that was before it (empty for none); `null` for an empty log. */
  async oldest(key: string): Promise<{ readonly position: string; readonly before: string } | null> {
    const { redis, keys } = this.#options;
    const [first] = await reachStore(() => redis.xrange(keys.webhookLog(key), '-', '+', 'COUNT', 1));
    return first === undefined ? null : { position: first[0], before: first[1][1] ?? '' };
  }

  /** @param flat `before` and `moved` of the note, and then the entry */
  #read(position: string, flat: readonly string[]): LogEntry {
    const [event] = readFeedEvent(position, flat.slice(4), this.#options.onError);
    if (event === undefined) return { kind: 'unreadable', position };
    return { kind: 'event', position, event, isMove: flat[3] === '1' };
  }
}
