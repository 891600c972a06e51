import type { Redis } from 'ioredis';
import { z } from 'zod';

import { isMessageEventType, type MessageEventType } from '../domain/message-events.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';
import { BEGINNING, comparePositions } from './position.ts';
import { fieldsOf } from './session-hash.ts';

/** An entry of a session's log, as it lies there. */
export interface LoggedEvent {
  readonly position: string;
  readonly type: MessageEventType;
  readonly content:
    | { readonly kind: 'sealed'; readonly ref: string; readonly bytes: Buffer }
    | { readonly kind: 'plain'; readonly json: string };
}

/** What follows a position. `forgotten`: some of it fell out of the log before; `events` begins behind that. */
export interface LogPage {
  readonly events: readonly LoggedEvent[];
  readonly forgotten: boolean;
}

/** Both in ms since 1970; `null` where nothing is known. */
export interface InboxState {
  /** Of the newest message that was taken in. */
  readonly watermark: number | null;
  readonly linkedAt: number | null;
}

const entrySchema = z.object({
  type: z.string().refine(isMessageEventType),
  ref: z.string(),
  sealed: z.base64().optional(),
  plain: z.string().optional(),
});

interface MessageLogOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Hears of entries that cannot be read; they are passed over. */
  readonly onError: (error: unknown) => void;
}

/** Reads what the sessions' logs tell of their messages. Scripts write them. */
export class MessageLog {
  readonly #options: MessageLogOptions;

  constructor(options: MessageLogOptions) {
    this.#options = options;
  }

  /** The entry at a position; `null`: it is not kept any more. Throws {@link StoreUnavailableError}. */
  async find(address: SessionAddress, position: string): Promise<LoggedEvent | null> {
    const { redis, keys } = this.#options;
    const [entry] = await reachStore(() => redis.xrange(keys.messageLog(sessionKey(address)), position, position));
    return entry === undefined ? null : this.#read(entry);
  }

  /** What follows `after`, oldest first. Throws {@link StoreUnavailableError}. */
  async read(address: SessionAddress, after: string, count: number): Promise<LogPage> {
    const { redis, keys } = this.#options;
    const key = sessionKey(address);
    const [entries, [forgotten, last]] = await Promise.all([
      reachStore(() => redis.xrange(keys.messageLog(key), `(${after}`, '+', 'COUNT', count)),
      // Asked behind the read, on the same connection: what it misses for having been trimmed meanwhile is noticed.
      reachStore(() => redis.hmget(keys.messageLogState(key), 'forgotten', 'last')),
    ]);
    const isBehind = (position: string | null | undefined): boolean =>
      comparePositions(after, position ?? BEGINNING) < 0;
    // A log that nothing was appended to for as long as it is kept is gone as a whole.
    const isGone = entries.length === 0 && isBehind(last);
    const events = entries.flatMap((entry) => this.#read(entry) ?? []);
    return { events, forgotten: isGone || isBehind(forgotten) };
  }

  /** Position of the newest entry there ever was; `0-0` for none. Throws {@link StoreUnavailableError}. */
  async newest(address: SessionAddress): Promise<string> {
    const { redis, keys } = this.#options;
    return (await reachStore(() => redis.hget(keys.messageLogState(sessionKey(address)), 'last'))) ?? BEGINNING;
  }

  /** How far a session's messages are taken in. Throws {@link StoreUnavailableError}. */
  async inboxState(address: SessionAddress): Promise<InboxState> {
    const { redis, keys } = this.#options;
    const state = keys.messageLogState(sessionKey(address));
    const [watermark, linkedAt] = await reachStore(() => redis.hmget(state, 'watermark', 'linkedAt'));
    return { watermark: numberOf(watermark), linkedAt: numberOf(linkedAt) };
  }

  #read([position, flat]: readonly [string, readonly string[]]): LoggedEvent | null {
    try {
      const { type, ref, sealed, plain } = entrySchema.parse(fieldsOf(flat));
      if (sealed !== undefined)
        return { position, type, content: { kind: 'sealed', ref, bytes: Buffer.from(sealed, 'base64') } };
      return { position, type, content: { kind: 'plain', json: plain ?? '{}' } };
    } catch (error) {
      this.#options.onError(error);
      return null;
    }
  }
}

function numberOf(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}
