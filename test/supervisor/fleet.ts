import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Redis } from 'ioredis';
import { z } from 'zod';

import type { MessageEnvelope } from '../../src/domain/event-envelope.ts';
import type { FeedEvent } from '../../src/domain/events.ts';
import { sessionKey, type SessionAddress } from '../../src/domain/session.ts';
import { ControlledClock } from '../../src/host/controlled-clock.ts';
import { EventPayloads } from '../../src/messaging/event-payloads.ts';
import { SealedBodies } from '../../src/messaging/sealed-bodies.ts';
import { connectRedis } from '../../src/store/connection.ts';
import { readFeedEvent } from '../../src/store/feed-entry.ts';
import { keyspace, type Keyspace } from '../../src/store/keys.ts';
import { MessageLog } from '../../src/store/message-log.ts';
import type { StoredSession } from '../../src/store/session-hash.ts';
import { SessionStore } from '../../src/store/session-store.ts';
import { sessionsWaiting } from '../../src/queue/queue-length.ts';
import { startTestRedis, type TestRedis } from '../redis.ts';
import { request, type Asked } from '../store/store-fixture.ts';
import { RING, startNode, type NodeSetup, type TestNode } from './node.ts';

/** Far more than anything here takes: a test that waits this long has failed. */
const DEADLINE_MS = 40_000;

/** What is read of a node's own record. */
const heartbeatSchema = z.object({ sweeps: z.number() });

type Snapshot = Extract<FeedEvent, { type: 'session.snapshot' }>;

/** Nodes of one test, on one Redis and one disk, and what users see of them. */
export class Fleet {
  readonly server: TestRedis;
  readonly redis: Redis;
  keys: Keyspace = keyspace('unset');
  profileRoot = '';
  /** The time of the sessions on all nodes. Goes on by itself, so that only longer waits need turning. */
  clock = new ControlledClock();
  readonly #nodes: TestNode[] = [];

  constructor(server: TestRedis) {
    this.server = server;
    this.redis = connectRedis(server.address, 'commands', () => undefined);
  }

  static async open(): Promise<Fleet> {
    return new Fleet(await startTestRedis({ appendOnly: true }));
  }

  /** Before each test: a keyspace and a disk of its own. */
  async renew(): Promise<void> {
    this.keys = keyspace(randomUUID().slice(0, 8));
    this.profileRoot = await mkdtemp(join(tmpdir(), 'fleet-'));
    this.clock = new ControlledClock();
  }

  /** After each test. */
  async clear(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.stop()));
    await rm(this.profileRoot, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.server.stop();
  }

  /** `deadNodes`: names of nodes that are known to be dead, whatever their heartbeats say. */
  async node({
    deadNodes = [],
    ...over
  }: Partial<NodeSetup> & { deadNodes?: readonly string[] } = {}): Promise<TestNode> {
    const former = this.#nodes.filter(({ nodeId }) => deadNodes.includes(nodeId));
    const node = await startNode({
      address: this.server.address,
      keys: this.keys,
      profileRoot: this.profileRoot,
      former,
      nodeId: `node-${this.#nodes.length + 1}`,
      capacity: 10,
      probeIntervalMs: 6e4,
      sweepMs: 5e3,
      lockMs: 15e3,
      clock: this.clock,
      session: {},
      launches: {},
      recycle: {},
      simulation: {},
      ...over,
    });
    this.#nodes.push(node);
    return node;
  }

  get store(): SessionStore {
    return new SessionStore({
      redis: this.redis,
      keys: this.keys,
      now: () => Date.now(),
      engine: 'simulated',
      maxSessions: 100,
      maxSessionsPerUser: 100,
    });
  }

  ask(address: SessionAddress, action: Asked) {
    return request(this.store, address, action);
  }

  /** Waits until the session is as `is` says. Throws, with how it is instead, when that takes too long. */
  async until(address: SessionAddress, what: string, is: (stored: StoredSession) => boolean): Promise<StoredSession> {
    let stored: StoredSession | null = null;
    await this.eventually(
      async () => {
        stored = await this.store.find(address).catch(() => null);
        return stored !== null && is(stored);
      },
      () => `${address.id} should be ${what} but is ${JSON.stringify(stored)}`,
    );
    if (stored === null) throw new Error('unreachable');
    return stored;
  }

  /** Waits until the session's value begins so. */
  reaches(address: SessionAddress, value: string): Promise<StoredSession> {
    return this.until(address, value, ({ session }) => session.value.startsWith(value));
  }

  /** Waits until all that was asked of it is done and it stays as it is; `null` when it is deleted by then. */
  async settled(address: SessionAddress): Promise<StoredSession | null> {
    let stored: StoredSession | null = null;
    await this.eventually(
      async () => {
        stored = await this.store.find(address);
        return (
          stored === null ||
          (stored.intent.desired !== 'deleted' &&
            stored.intent.handledSeq === stored.intent.intentSeq &&
            stored.session.tags.includes('settled'))
        );
      },
      () => `${address.id} should have settled but is ${JSON.stringify(stored)}`,
    );
    return stored;
  }

  /** Waits until each node has looked for what was left behind, from the beginning to the end. */
  async swept(): Promise<void> {
    const beats = this.#nodes.map(() => new Set<number>());
    await this.eventually(async () => {
      const newest = await Promise.all(this.#nodes.map(({ nodeId }) => this.#sweepsOf(nodeId)));
      for (const [index, at] of newest.entries()) beats[index]?.add(at);
      // The one before, that at the beginning of a sweep, and that of the next one, which waits for its end.
      return beats.every(({ size }) => size >= 3);
    }, 'a node does not sweep');
  }

  /** Waits until the node has heard of all that has happened. */
  async heard({ feed }: TestNode): Promise<void> {
    const [newest] = await this.redis.xrevrange(this.keys.events, '+', '-', 'COUNT', 1);
    await this.eventually(() => feed.position === (newest?.[0] ?? '0-0'), 'the node does not hear of what happens');
  }

  /** How often a node has begun to look for what was left behind; `-Infinity` for one that is not known. */
  async #sweepsOf(nodeId: string): Promise<number> {
    const record = await this.redis.hget(this.keys.nodes, nodeId);
    return record === null ? -Infinity : heartbeatSchema.parse(JSON.parse(record)).sweeps;
  }

  /** How many sessions wait for a node. */
  waiting(): Promise<number> {
    return sessionsWaiting(this.redis, this.keys.prefix);
  }

  async eventually(holds: () => boolean | Promise<boolean>, complaint: string | (() => string)): Promise<void> {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    while (!(await holds())) {
      if (deadline.aborted) throw new Error(typeof complaint === 'string' ? complaint : complaint());
      await delay(5);
    }
  }

  /** Creates, starts, scans, and waits until the login is sealed: then it stays as it is. */
  async link(node: TestNode, address: SessionAddress): Promise<StoredSession> {
    await this.ask(address, 'create_and_start');
    await this.reaches(address, 'waiting_qr');
    node.driver.play(sessionKey(address), { event: 'scan', phoneNumber: '5215550001111', displayName: 'Ana' });
    return this.until(address, 'ready and sealed', ({ session }) => session.state === 'ready' && session.durable);
  }

  /** A phone scans the code of a session, on whichever of the nodes it is shown. */
  async scan(nodes: readonly TestNode[], address: SessionAddress): Promise<StoredSession> {
    const { intent } = await this.reaches(address, 'waiting_qr');
    const node = nodes.find(({ nodeId }) => nodeId === intent.owner);
    node?.driver.play(sessionKey(address), { event: 'scan', phoneNumber: '5215550001111', displayName: 'Ana' });
    return this.until(address, 'ready and sealed', ({ session }) => session.state === 'ready' && session.durable);
  }

  /** Everything that was streamed about a session. */
  async told(address: SessionAddress): Promise<FeedEvent[]> {
    const entries = await this.redis.xrange(this.keys.events, '-', '+');
    return entries
      .flatMap(([position, flat]) =>
        readFeedEvent(position, flat, (error) => {
          throw error;
        }),
      )
      .filter(({ userId, sessionId }) => userId === address.userId && sessionId === address.id);
  }

  /** What its log tells of its messages, opened. */
  async messages(address: SessionAddress): Promise<MessageEnvelope[]> {
    const { redis, keys } = this;
    const onError = (error: unknown): never => {
      throw error;
    };
    const log = new MessageLog({ redis, keys, onError });
    const bodies = new SealedBodies({ redis, keys, ring: RING, now: () => Date.now() });
    const payloads = new EventPayloads({ log, bodies, onError });
    const { events } = await log.read(address, '0-0', 20_000);
    const told = await Promise.all(events.map((event) => payloads.open(address, event)));
    return told.filter((one) => one !== 'gone');
  }

  async snapshots(address: SessionAddress): Promise<Snapshot[]> {
    return (await this.told(address)).filter((event) => event.type === 'session.snapshot');
  }

  /** The values it went through, in order, each once in a row. */
  async values(address: SessionAddress): Promise<string[]> {
    const values = (await this.snapshots(address)).map(({ session }) => session.value);
    return values.filter((value, index) => value !== values[index - 1]);
  }
}

/** Whether each rev follows the one before it. */
export function isWithoutHole(snapshots: readonly Snapshot[]): boolean {
  return snapshots.every(
    ({ session }, index) => index === 0 || session.rev === (snapshots[index - 1]?.session.rev ?? 0) + 1,
  );
}

export const session = (id: string): SessionAddress => ({ userId: 'ana', id });
