import type { Redis } from 'ioredis';

import { SessionNotFoundError } from '../domain/errors.ts';
import { IdempotencyMismatchError, OutboxFullError } from '../domain/message-errors.ts';
import type { OutboxFigures } from '../domain/outbox-counts.ts';
import { DEFAULT_PACING, pacingSchema, type Pacing } from '../domain/pacing.ts';
import { parseSessionKey, sessionKey, type SessionAddress } from '../domain/session.ts';
import { reachStore } from './connection.ts';
import { scriptKeys, type Keyspace } from './keys.ts';
import { messageFields, readMessageHash, type MessageHold, type StoredMessage } from './message-hash.ts';
import { outboxFigures } from './scripts/outbox-figures.ts';
import { enqueueMessage } from './scripts/enqueue-message.ts';
import { changeMessage, type ChangeMessageArgs } from './scripts/change-message.ts';

interface MessageStoreOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Messages of a session that may be open at once. */
  readonly most: number;
  /** Hears of records that cannot be read; they are passed over. */
  readonly onError: (error: unknown) => void;
}

/** A message to be sent. */
export interface NewMessage extends Pick<
  StoredMessage,
  | 'id'
  | 'waId'
  | 'to'
  | 'chatId'
  | 'kind'
  | 'type'
  | 'onUnknown'
  | 'account'
  | 'createdAt'
  | 'sendAt'
  | 'expiresAt'
  | 'body'
> {
  /** Of what was asked for. */
  readonly fingerprint: string;
  /** A hash of the caller's Idempotency-Key; `null`: there is none. */
  readonly idempotency: string | null;
}

export interface MessagePage {
  readonly items: readonly StoredMessage[];
  readonly nextCursor: string | null;
}

interface MessageFilter {
  readonly status?: string | undefined;
  readonly chatId?: string | undefined;
}

const CHUNK = 200;
/** Records that a listing with a filter looks at before it answers with what it has. */
const LOOKED_AT = 5_000;

/** The messages that sessions send: their records, and what is asked of their outboxes. */
export class MessageStore {
  readonly #options: MessageStoreOptions;

  constructor(options: MessageStoreOptions) {
    this.#options = options;
  }

  /** Takes a message. Throws {@link OutboxFullError}, {@link IdempotencyMismatchError}, `SessionNotFoundError`. */
  async enqueue(
    address: SessionAddress,
    { fingerprint, idempotency, ...message }: NewMessage,
  ): Promise<
    { readonly kind: 'taken'; readonly message: StoredMessage } | { readonly kind: 'replayed'; readonly id: string }
  > {
    const { redis, keys, most } = this.#options;
    const key = sessionKey(address);
    const all = {
      ...scriptKeys(keys, address),
      message: keys.message(key, message.id),
      idempotency: keys.idempotency(key, idempotency ?? ''),
    };
    const fields = messageFields({ ...message, status: 'queued' });
    const [outcome, id] = await reachStore(() =>
      enqueueMessage.run(redis, all, {
        key,
        messageId: message.id,
        waId: message.waId,
        fields: {
          ...fields,
          fingerprint,
          idempotency: idempotency ?? '',
        },
        fingerprint,
        isIdempotent: idempotency !== null,
        most,
        expiresAt: message.expiresAt,
        messagePrefix: keys.message(key, ''),
      }),
    );
    switch (outcome) {
      case 'taken':
        return { kind: outcome, message: readMessageHash({ ...fields, version: '1', order: '0' }) };
      case 'replayed':
        return { kind: outcome, id };
      case 'mismatch':
        throw new IdempotencyMismatchError();
      case 'full':
        throw new OutboxFullError(most);
      case 'missing':
        throw new SessionNotFoundError(address.id);
    }
  }

  /** By its id or its WhatsApp id, or by the whole key of a message of ours. */
  async find(address: SessionAddress, name: string): Promise<StoredMessage | null> {
    const { redis, keys } = this.#options;
    const key = sessionKey(address);
    const waId = /^true_[^_]+_([^_]+)/.exec(name)?.[1] ?? name;
    const id = name.startsWith('m_') ? name : await reachStore(() => redis.hget(keys.waIds(key), waId));
    if (id === null) return null;
    const [found] = await this.#read(key, [id]);
    return found ?? null;
  }

  /** Newest first. */
  async list(
    address: SessionAddress,
    {
      limit,
      after,
      filter,
    }: { readonly limit: number; readonly after?: string | undefined; readonly filter: MessageFilter },
  ): Promise<MessagePage> {
    const { redis, keys } = this.#options;
    const key = sessionKey(address);
    const items: StoredMessage[] = [];
    let end = after === undefined ? '+inf' : `(${after}`;
    for (let looked = 0; looked < LOOKED_AT; looked += CHUNK) {
      const from = end;
      const ids = await reachStore(() =>
        redis.zrevrangebyscore(keys.sentMessages(key), from, '-inf', 'LIMIT', 0, CHUNK),
      );
      for (const message of await this.#read(key, ids)) {
        end = `(${message.order}`;
        if (filter.status !== undefined && message.status !== filter.status) continue;
        if (filter.chatId !== undefined && message.chatId !== filter.chatId) continue;
        items.push(message);
        if (items.length > limit) return { items: items.slice(0, limit), nextCursor: String(items[limit - 1]?.order) };
      }
      if (ids.length < CHUNK || from === end) return { items, nextCursor: null };
    }
    return { items, nextCursor: end.slice(1) };
  }

  /** Those that are not settled, in the order in which they were taken; `after`: only those behind that order number. */
  async open(address: SessionAddress, after = 0): Promise<readonly StoredMessage[]> {
    const { redis, keys } = this.#options;
    const key = sessionKey(address);
    const ids = await reachStore(() => redis.zrangebyscore(keys.outbox(key), `(${after}`, '+inf'));
    return this.#read(key, ids);
  }

  /** How many are not settled. */
  async depth(address: SessionAddress): Promise<number> {
    const { redis, keys } = this.#options;
    return reachStore(() => redis.zcard(keys.outbox(sessionKey(address))));
  }

  /** See {@link changeMessage}. */
  async change(
    address: SessionAddress,
    args: Omit<ChangeMessageArgs, 'key' | 'userId' | 'id'>,
  ): Promise<'written' | 'changed' | 'fenced' | 'missing'> {
    const { redis, keys } = this.#options;
    const key = sessionKey(address);
    const all = { ...scriptKeys(keys, address), message: keys.message(key, args.messageId) };
    return reachStore(() => changeMessage.run(redis, all, { key, ...address, ...args }));
  }

  async pacing(address: SessionAddress): Promise<Pacing> {
    const { redis, keys } = this.#options;
    const names = ['burst', 'perSecond', 'jitter', 'newChatsPerDay', 'perDay'] as const;
    const values = await reachStore(() => redis.hmget(keys.outboxState(sessionKey(address)), ...names));
    const given = names.flatMap((name, index) => {
      const text = values[index];
      return text === null || text === undefined || text === '' ? [] : [[name, Number(text)] as const];
    });
    return pacingSchema.parse({ ...DEFAULT_PACING, ...Object.fromEntries(given) });
  }

  async setPacing(address: SessionAddress, { newChatsPerDay, perDay, ...rest }: Pacing): Promise<void> {
    const { redis, keys } = this.#options;
    const key = sessionKey(address);
    const fields = { ...rest, newChatsPerDay: newChatsPerDay ?? '', perDay: perDay ?? '' };
    await reachStore(async () => {
      await redis.hset(keys.outboxState(key), fields);
      await redis.xadd(keys.outboxBells, 'MAXLEN', '~', 1_000, '*', 'key', key, 'what', 'new');
    });
  }

  /** What holds the outbox as a whole, as its owner said last. */
  async hold(address: SessionAddress): Promise<string | null> {
    const { redis, keys } = this.#options;
    return (await reachStore(() => redis.hget(keys.outboxState(sessionKey(address)), 'heldBy'))) || null;
  }

  async setHold(address: SessionAddress, heldBy: MessageHold | null): Promise<void> {
    const { redis, keys } = this.#options;
    await reachStore(() => redis.hset(keys.outboxState(sessionKey(address)), 'heldBy', heldBy ?? ''));
  }

  /** Until when WhatsApp restricts new chats (ms since 1970); 0: it does not. */
  async restrictedUntil(address: SessionAddress): Promise<number> {
    const { redis, keys } = this.#options;
    return Number((await reachStore(() => redis.hget(keys.outboxState(sessionKey(address)), 'restrictedUntil'))) ?? 0);
  }

  async restrict(address: SessionAddress, until: number): Promise<void> {
    const { redis, keys } = this.#options;
    await reachStore(() => redis.hset(keys.outboxState(sessionKey(address)), 'restrictedUntil', Math.floor(until)));
  }

  /** One more refusal in a row; returns how many there are. */
  async countRefusal(address: SessionAddress): Promise<number> {
    const { redis, keys } = this.#options;
    return reachStore(() => redis.hincrby(keys.outboxState(sessionKey(address)), 'refusals', 1));
  }

  async forgetRefusals(address: SessionAddress): Promise<void> {
    const { redis, keys } = this.#options;
    await reachStore(() => redis.hdel(keys.outboxState(sessionKey(address)), 'refusals'));
  }

  /** These people wrote: to answer them begins no chat. */
  async noteWriters(address: SessionAddress, chats: readonly string[], at: number): Promise<void> {
    const { redis, keys } = this.#options;
    const entries = chats.flatMap((chat) => [at, chat]);
    if (entries.length > 0) await reachStore(() => redis.zadd(keys.knownChats(sessionKey(address)), ...entries));
  }

  /** What waits to be sent in the whole fleet. @param at milliseconds since 1970 */
  async figures(at: number): Promise<OutboxFigures> {
    const { redis, keys } = this.#options;
    const [outboxPrefix, messagePrefix] = [keys.outbox(''), keys.message('', '').slice(0, -1)];
    const args = { at: Math.floor(at), outboxPrefix, messagePrefix };
    const [depth, since] = await reachStore(() => outboxFigures.run(redis, keys, args));
    return { depth, oldestMs: since === 0 ? 0 : Math.max(0, at - since) };
  }

  /** Sessions with open messages that somebody has to look at by now. */
  async due(at: number, limit: number): Promise<readonly SessionAddress[]> {
    const { redis, keys } = this.#options;
    const found = await reachStore(() => redis.zrangebyscore(keys.outboxes, '-inf', at, 'LIMIT', 0, limit));
    return found.map((key) => parseSessionKey(key));
  }

  /** Looked at; to be looked at again then. */
  async lookAgain(address: SessionAddress, at: number): Promise<void> {
    const { redis, keys } = this.#options;
    await reachStore(() => redis.zadd(keys.outboxes, 'XX', Math.floor(at), sessionKey(address)));
  }

  async #read(key: string, ids: readonly string[]): Promise<readonly StoredMessage[]> {
    const { redis, keys, onError } = this.#options;
    if (ids.length === 0) return [];
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hgetall(keys.message(key, id));
    const replies = (await reachStore(() => pipeline.exec())) ?? [];
    return replies.flatMap(([error, fields]) => {
      try {
        if (error !== null) throw error;
        if (!isHash(fields) || fields['id'] === undefined) return [];
        return [readMessageHash(fields)];
      } catch (unreadable) {
        onError(unreadable);
        return [];
      }
    });
  }
}

function isHash(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null;
}
