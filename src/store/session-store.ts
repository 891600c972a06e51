import type { Redis } from 'ioredis';
import { z } from 'zod';

import {
  DeletionPendingError,
  NotWaitingQrError,
  PoolFullError,
  SessionNotFoundError,
  UserLimitError,
} from '../domain/errors.ts';
import type { Engine } from '../domain/driver-traits.ts';
import { forecastQueue } from '../domain/queue-forecast.ts';
import {
  parseSessionKey,
  sessionKey,
  type Metadata,
  type Session,
  type SessionAddress,
  type Transition,
} from '../domain/session.ts';
import { RESTING_STATES } from './resting-states.ts';
import { reachStore } from './connection.ts';
import { scriptKeys, type Keyspace } from './keys.ts';
import { listPart, type ListOptions } from './list-part.ts';
import { detailField, EMPTY_DETAIL, fieldsOf, readSessionHash, type StoredSession } from './session-hash.ts';
import { recordIntent } from './scripts/record-intent.ts';
import { stateFields } from './state-fields.ts';
import { readTransition } from './transition-entry.ts';
import { unreadableSession, UnreadableRecordError } from './unreadable-session.ts';

/** What may be asked of a session that exists. `pair` needs a phone number; `start` may name one. */
export type Intent =
  | { readonly action: 'start'; readonly pairWith?: string | undefined }
  | { readonly action: 'stop' | 'restart' | 'reconnect' | 'logout' | 'delete' }
  | { readonly action: 'pair'; readonly phoneNumber: string };

export interface CreateOptions {
  readonly start: boolean;
  readonly pairWith?: string | undefined;
  /** From now on another phone may be linked than before. */
  readonly rebind?: boolean | undefined;
  /** The sealed URL of its proxy from now on; empty for none. @defaultValue as it is */
  readonly proxy?: string | undefined;
  readonly metadata: Metadata;
}

interface RecordedArguments {
  readonly pairWith: string;
  readonly metadata: Metadata;
  readonly rebind: boolean;
  readonly proxy?: string | undefined;
}

/** A recorded request. `intentSeq` is its number: the request is done once the intent's `handledSeq` has reached it. */
export interface RecordedIntent {
  readonly session: Session;
  readonly created: boolean;
  readonly changed: boolean;
  readonly intentSeq: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

interface SessionStoreOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What sessions that are created here run on. */
  readonly engine: Engine;
  readonly maxSessions: number;
  readonly maxSessionsPerUser: number;
  /**
   * What a user's start at the limit does: be refused, or stop the user's least recently active session. @defaultValue
   * reject
   */
  readonly userLimitPolicy?: 'reject' | 'evict-oldest';
  /** From 0 to 1, so that those who are refused do not all come back at once. @defaultValue Math.random */
  readonly random?: () => number;
  /** Hears of a damaged record that a listing has passed over: one session's fault must not hide the others. */
  readonly onError?: (error: unknown) => void;
}

/** The states that a request may lead to by itself. */
const STATES = {
  neverStarted: stateFields(RESTING_STATES.never_started),
  queued: stateFields(RESTING_STATES.queued),
  stopped: stateFields(RESTING_STATES.stopped),
  evicted: stateFields(RESTING_STATES.evicted),
};

/** What the API needs of the store: it reads what was persisted and writes what is wanted. */
export class SessionStore {
  readonly #redis: Redis;
  readonly #keys: Keyspace;
  readonly #options: SessionStoreOptions;

  constructor(options: SessionStoreOptions) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#options = options;
  }

  /**
   * The session and what is wanted of it, or `null`. One that is being deleted is still found. Throws {@link
   * UnreadableRecordError}.
   */
  async find(address: SessionAddress): Promise<StoredSession | null> {
    const fields = await this.#fields(address);
    try {
      return isEmpty(fields) ? null : readSessionHash(fields);
    } catch (error) {
      throw new UnreadableRecordError(address, error);
    }
  }

  /** The session. Throws {@link SessionNotFoundError} when there is none or it is being deleted. */
  async get(address: SessionAddress): Promise<Session> {
    const fields = await this.#fields(address);
    const stored = isEmpty(fields) ? null : this.#read(address, fields);
    if (stored === null || stored.intent.desired === 'deleted') throw new SessionNotFoundError(address.id);
    return stored.session;
  }

  /** The sessions in the order of the addresses; `null` for one that is not there, or is being deleted. */
  async findAll(addresses: readonly SessionAddress[]): Promise<(Session | null)[]> {
    const found = await this.#readAll(addresses);
    return found.map((stored) => (stored === null || stored.intent.desired === 'deleted' ? null : stored.session));
  }

  /** Sessions in the order of their ids (one user's) or of their users, then ids. */
  async list(options: ListOptions): Promise<Page<Session>> {
    const { userId, state, limit } = options;
    const items: Session[] = [];
    for (let after = options.cursor ?? null, isFirst = true; isFirst || after !== null; isFirst = false) {
      const part = await listPart(this.#redis, this.#keys, options, after);
      const found = await this.#readAll(
        part.members.map((member) => (userId === undefined ? parseSessionKey(member) : { userId, id: member })),
      );
      for (const stored of found) {
        if (stored === null || stored.intent.desired === 'deleted') continue;
        if (state !== undefined && stored.session.state !== state) continue;
        if (items.length === limit) return { items, nextCursor: cursorOf(items.at(-1), userId) };
        items.push(stored.session);
      }
      after = part.last;
    }
    return { items, nextCursor: null };
  }

  /** Transitions, newest first. The cursor is the rev of the last one seen. */
  async history(address: SessionAddress, limit: number, cursor?: string): Promise<Page<Transition>> {
    const from = cursor === undefined ? '+' : `(${cursor}-0`;
    const stream = this.#keys.history(sessionKey(address));
    const entries = await reachStore(() => this.#redis.xrevrange(stream, from, '-', 'COUNT', limit + 1));
    const items = entries.slice(0, limit).map(([entryId, flat]) => readTransition(entryId, flat));
    const last = items.at(-1);
    return { items, nextCursor: entries.length > limit && last !== undefined ? String(last.rev) : null };
  }

  /**
   * Creates the session, or finds it; starts it when asked to. Both in one step, so that two at once make one session.
   * Throws {@link UserLimitError} or {@link PoolFullError}, and then has created nothing; {@link DeletionPendingError}
   * while a former one of that id goes.
   */
  async create(
    address: SessionAddress,
    { start, pairWith, rebind = false, proxy, metadata }: CreateOptions,
  ): Promise<RecordedIntent> {
    return this.#record(address, start ? 'create_and_start' : 'create', {
      pairWith: pairWith ?? '',
      metadata,
      rebind,
      proxy,
    });
  }

  /**
   * Writes down what is wanted of a session, for its owner to act upon. Idempotent: what is the case already changes
   * nothing. Throws {@link SessionNotFoundError}, {@link NotWaitingQrError} (`pair`), {@link UserLimitError}, {@link
   * PoolFullError}.
   */
  async record(address: SessionAddress, intent: Intent): Promise<RecordedIntent> {
    const phone =
      intent.action === 'pair' ? intent.phoneNumber : intent.action === 'start' ? intent.pairWith : undefined;
    return this.#record(address, intent.action, { pairWith: phone ?? '', metadata: {}, rebind: false });
  }

  async #record(
    address: SessionAddress,
    action: string,
    { pairWith, metadata, rebind, proxy }: RecordedArguments,
  ): Promise<RecordedIntent> {
    const {
      engine,
      maxSessions,
      maxSessionsPerUser,
      userLimitPolicy = 'reject',
      now,
      random = Math.random,
    } = this.#options;
    const [outcome, changed, created, flat] = await reachStore(() =>
      recordIntent.run(this.#redis, scriptKeys(this.#keys, address), {
        ...address,
        key: sessionKey(address),
        action,
        at: now(),
        pairWith,
        rebind,
        proxy,
        engine,
        metadata: JSON.stringify(metadata),
        detail: detailField(EMPTY_DETAIL),
        states: STATES,
        maxSessions,
        maxSessionsPerUser,
        userLimitPolicy,
        sessionPrefix: this.#keys.session(''),
        historyPrefix: this.#keys.history(''),
      }),
    );
    switch (outcome) {
      case 'missing':
        throw new SessionNotFoundError(address.id);
      case 'deleting':
        throw new DeletionPendingError(address.id);
      case 'user_limit':
        throw new UserLimitError(maxSessionsPerUser);
      case 'pool_full':
        throw new PoolFullError(maxSessions, forecastQueue(flat.map(Number), now(), random()));
      case 'not_waiting':
        throw new NotWaitingQrError(readSessionHash(fieldsOf(flat)).session.state);
      case 'recorded': {
        const { session, intent } = this.#read(address, fieldsOf(flat));
        // A pairing that is under way for the number serves this request as well.
        const intentSeq = action === 'pair' ? intent.pair : intent.intentSeq;
        return { session, created: created === 1, changed: changed === 1, intentSeq };
      }
    }
  }

  #fields(address: SessionAddress): Promise<Record<string, string>> {
    return reachStore(() => this.#redis.hgetall(this.#keys.session(sessionKey(address))));
  }

  /** One that cannot be read is shown as such: it must not hide the others, nor be hidden. */
  #read(address: SessionAddress, fields: Record<string, string>): StoredSession {
    try {
      return readSessionHash(fields);
    } catch (error) {
      this.#options.onError?.(error);
      return unreadableSession(address, fields, error);
    }
  }

  async #readAll(addresses: readonly SessionAddress[]): Promise<(StoredSession | null)[]> {
    const pipeline = this.#redis.pipeline();
    for (const address of addresses) pipeline.hgetall(this.#keys.session(sessionKey(address)));
    const replies = await reachStore(async () => {
      const settled = (await pipeline.exec()) ?? [];
      // A pipeline resolves even where its commands have failed.
      for (const [error] of settled) if (error !== null) throw error;
      return settled.map(([, fields]) => fields);
    });
    return addresses.map((address, index) => {
      const fields = z.record(z.string(), z.string()).parse(replies[index] ?? {});
      return isEmpty(fields) ? null : this.#read(address, fields);
    });
  }
}

function isEmpty(fields: Record<string, string>): boolean {
  return Object.keys(fields).length === 0;
}

function cursorOf(last: Session | undefined, userId: string | undefined): string | null {
  if (last === undefined) return null;
  return userId === undefined ? sessionKey(last) : last.id;
}
