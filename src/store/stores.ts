import type { Redis } from 'ioredis';

import type { Engine } from '../domain/driver-traits.ts';
import { ensureError } from '../domain/errors.ts';
import type { SessionAddress } from '../domain/session.ts';
import { BrowserMemory } from './browser-memory.ts';
import type { ConnectionUse } from './connection.ts';
import { NodeDrains } from './drains.ts';
import { EventFeed } from './event-feed.ts';
import { keyspace, type Keyspace } from './keys.ts';
import { LostSessions } from './lost-sessions.ts';
import { MessageStore } from './message-store.ts';
import { NodeRegistry, type NodeDescription } from './nodes.ts';
import { claim, type Claim } from './ownership.ts';
import { SessionStore } from './session-store.ts';

interface StoresOptions {
  /** Opens a connection of its own at each call. */
  readonly connect: (use: ConnectionUse) => Redis;
  readonly prefix: string;
  /** Asked at each request. */
  readonly limits: {
    readonly maxSessions: number;
    readonly maxSessionsPerUser: number;
    /** @defaultValue reject */
    readonly userLimitPolicy?: 'reject' | 'evict-oldest';
  };
  /** Messages of a session that may be open at once. @defaultValue 1,000 */
  readonly outboxMax?: number | undefined;
  /** What this process says of itself, asked at each heartbeat. */
  readonly describe: () => NodeDescription;
  /** What sessions that are created here run on. */
  readonly engine: Engine;
  /** Milliseconds since 1970, by the clock of the sessions: what their records tell. */
  readonly sessionNow: () => number;
  /** Events that the feed keeps in memory. @defaultValue 2,000 */
  readonly recentEvents?: number | undefined;
  readonly log: {
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

const OUTBOX_MAX = 1_000;

/** Everything that lies in Redis, behind one connection for commands and one for the feed. */
export interface Stores {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly sessions: SessionStore;
  readonly feed: EventFeed;
  readonly nodes: NodeRegistry;
  readonly drains: NodeDrains;
  readonly lostSessions: LostSessions;
  readonly browserMemory: BrowserMemory;
  /** What sessions send. */
  readonly messages: MessageStore;
  /** Takes a session for a node, see {@link claim}. */
  claim(address: SessionAddress, nodeId: string, expectedEpoch?: number): Promise<Claim>;
}

/** Puts the repositories together. The feed does not follow before its `start`. */
export function createStores(options: StoresOptions): Stores {
  const { connect, prefix, engine, limits, describe, sessionNow, recentEvents, log } = options;
  const redis = connect('commands');
  const keys = keyspace(prefix);
  const sessions = new SessionStore({
    redis,
    keys,
    now: sessionNow,
    engine,
    // What holds in the fleet may change while this runs.
    get maxSessions() {
      return limits.maxSessions;
    },
    get maxSessionsPerUser() {
      return limits.maxSessionsPerUser;
    },
    get userLimitPolicy() {
      return limits.userLimitPolicy ?? 'reject';
    },
    onError: (error) => log.error({ err: ensureError(error) }, 'a record could not be read'),
  });
  const feed = new EventFeed({
    redis,
    blocking: connect('blocking'),
    keys,
    onError: (error) => log.warn({ err: ensureError(error) }, 'event feed'),
    ...(recentEvents !== undefined && { recent: recentEvents }),
  });
  const nodes = new NodeRegistry(redis, keys, describe);
  const findAll = (addresses: readonly SessionAddress[]) => sessions.findAll(addresses);
  return {
    redis,
    keys,
    sessions,
    feed,
    nodes,
    drains: new NodeDrains(redis, keys),
    lostSessions: new LostSessions(redis, keys),
    messages: new MessageStore({
      redis,
      keys,
      most: options.outboxMax ?? OUTBOX_MAX,
      onError: (error) => log.error({ err: ensureError(error) }, 'a damaged message was passed over'),
    }),
    browserMemory: new BrowserMemory({ redis, keys, nodes, findAll }),
    claim: (address, nodeId, expectedEpoch) => claim({ redis, keys, now: sessionNow }, address, nodeId, expectedEpoch),
  };
}
