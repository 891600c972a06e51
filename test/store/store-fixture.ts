import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';
import { z } from 'zod';

import type { Reason, SessionAddress, SessionTag } from '../../src/domain/session.ts';
import { connectRedis } from '../../src/store/connection.ts';
import { keyspace, type Keyspace } from '../../src/store/keys.ts';
import { claim, type Ownership, type OwnerSnapshot, type ToldMessages } from '../../src/store/ownership.ts';
import type { MessageRetention } from '../../src/store/scripts/append-to-message-log.ts';
import { EMPTY_DETAIL, fieldsOf, type StoredSession } from '../../src/store/session-hash.ts';
import { SessionStore, type Intent } from '../../src/store/session-store.ts';
import { startTestRedis, type TestRedis } from '../redis.ts';

/** What the log of a session's messages keeps, in tests. */
export const RETENTION: MessageRetention = { ms: 345_600_000, bytes: 2_097_152, count: 10_000 };

/** Something that an owner tells of a session's messages. */
export const NEWS: ToldMessages = {
  entries: [{ type: 'message.received', ref: 'r', plain: '{}' }],
  retention: RETENTION,
};

/** An entry of the event stream as Redis keeps it. */
export interface RawEvent {
  readonly position: string;
  readonly fields: Record<string, string>;
}

/** What is read of a node's record. */
const heartbeat = z.looseObject({ at: z.number() });

interface Limits {
  readonly maxSessions?: number;
  readonly maxSessionsPerUser?: number;
  readonly userLimitPolicy?: 'reject' | 'evict-oldest';
}

/** A Redis and what a test needs of it. Every test gets a keyspace of its own from `renew`. */
export class StoreFixture {
  readonly server: TestRedis;
  readonly redis: Redis;
  keys: Keyspace = keyspace('unset');
  /** Milliseconds since 1970; moves only when a test moves it. */
  now = 0;

  constructor(server: TestRedis) {
    this.server = server;
    this.redis = connectRedis(server.address, 'commands', () => undefined);
  }

  static async open(options?: { readonly appendOnly?: boolean }): Promise<StoreFixture> {
    const fixture = new StoreFixture(await startTestRedis(options));
    fixture.renew();
    return fixture;
  }

  renew(): void {
    this.keys = keyspace(randomUUID().slice(0, 8));
    this.now = Date.UTC(2026, 0, 1);
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.server.stop();
  }

  store(limits?: Limits): SessionStore {
    return this.storeOn(this.redis, limits);
  }

  /** A store on another connection. */
  storeOn(
    redis: Redis,
    { maxSessions = 100, maxSessionsPerUser = 50, userLimitPolicy = 'reject' }: Limits = {},
  ): SessionStore {
    return new SessionStore({
      redis,
      keys: this.keys,
      now: () => this.now,
      engine: 'browser',
      maxSessions,
      maxSessionsPerUser,
      userLimitPolicy,
    });
  }

  /** Takes a session; throws where that is refused. */
  async claim(
    address: SessionAddress,
    nodeId = 'n1',
    expectedEpoch?: number,
  ): Promise<{ ownership: Ownership; stored: StoredSession }> {
    const result = await claim(
      { redis: this.redis, keys: this.keys, now: () => this.now },
      address,
      nodeId,
      expectedEpoch,
    );
    if (!('ownership' in result)) throw new Error(`The claim was answered with ${result.kind}`);
    return result;
  }

  async find(address: SessionAddress): Promise<StoredSession> {
    const stored = await this.store().find(address);
    if (stored === null) throw new Error(`${address.id} is not stored`);
    return stored;
  }

  fields(key: string): Promise<Record<string, string>> {
    return this.redis.hgetall(this.keys.session(key));
  }

  /** As if a node had not been heard of for so much longer. */
  async silence(nodeId: string, ms: number): Promise<void> {
    const record = heartbeat.parse(JSON.parse((await this.redis.hget(this.keys.nodes, nodeId)) ?? ''));
    await this.redis.hset(this.keys.nodes, nodeId, JSON.stringify({ ...record, at: record.at - ms }));
    await this.redis.zincrby(this.keys.heard, -ms, nodeId);
  }

  async events(): Promise<RawEvent[]> {
    const entries = await this.redis.xrange(this.keys.events, '-', '+');
    return entries.map(([position, flat]) => ({ position, fields: fieldsOf(flat) }));
  }

  /** Everything this test's keyspace holds, to compare before and after. */
  async contents(): Promise<Record<string, unknown>> {
    const contents: Record<string, unknown> = {};
    for (const key of (await this.redis.keys(`${this.keys.prefix}:*`)).toSorted())
      contents[key] = (await this.redis.dump(key)) ?? null;
    return contents;
  }
}

export const ANA: SessionAddress = { userId: 'ana', id: 'sales' };

/** A snapshot of a running session, but for what the test says. */
export function snapshot(over: Partial<OwnerSnapshot> = {}): OwnerSnapshot {
  return {
    value: 'ready.online',
    reason: null,
    tags: ['connected'],
    detail: EMPTY_DETAIL,
    event: 'client.ready',
    handledSeq: 0,
    activity: 'same',
    ...over,
  };
}

/** A snapshot that takes the session out of the running ones. */
export function settledSnapshot(value: string, reason: Reason, handledSeq: number): OwnerSnapshot {
  const tags: SessionTag[] = ['settled', 'at_rest'];
  return snapshot({ value, reason, tags, event: `settled.${reason}`, handledSeq, activity: 'settled' });
}

export type Action = 'create' | 'create_and_start' | Intent['action'];
/** `rebind`: to create it, or start it, and let another phone in. */
export type Asked = Action | 'rebind';

/** Asks for any action, `create` included. */
export function request(store: SessionStore, address: SessionAddress, action: Asked, phoneNumber = '5215550001111') {
  switch (action) {
    case 'create':
    case 'create_and_start':
      return store.create(address, { start: action === 'create_and_start', metadata: {} });
    case 'rebind':
      return store.create(address, { start: true, rebind: true, metadata: {} });
    case 'pair':
      return store.record(address, { action, phoneNumber });
    default:
      return store.record(address, { action });
  }
}

/** The stable code of the refusal, or the answer. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
