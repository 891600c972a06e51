import type { Redis } from 'ioredis';
import { z } from 'zod';

import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';

const nodeSchema = z.object({ nodeId: z.string(), at: z.number(), startedAt: z.number(), capacity: z.number(), sessions: z.number() });
export type NodeRecord = z.infer<typeof nodeSchema>;

/** A node that has not been heard of for this long is dead. */
export const NODE_TIMEOUT_MS = 15_000;

/** The nodes of the fleet, by their heartbeats. Says who lives; who owns a session the epochs say. */
export class NodeRegistry {
  readonly #redis: Redis;
  readonly #keys: Keyspace;

  constructor(redis: Redis, keys: Keyspace) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async beat(record: NodeRecord): Promise<void> {
    await reachStore(() => this.#redis.hset(this.#keys.nodes, record.nodeId, JSON.stringify(record)));
  }

  async forget(nodeId: string): Promise<void> {
    await reachStore(() => this.#redis.hdel(this.#keys.nodes, nodeId));
  }

  /** Nodes heard of within {@link NODE_TIMEOUT_MS} before `now`; the others are dropped from the record. */
  async living(now: number): Promise<NodeRecord[]> {
    const stored = await reachStore(() => this.#redis.hgetall(this.#keys.nodes));
    const records = Object.values(stored).map((text) => nodeSchema.parse(JSON.parse(text)));
    const dead = records.filter((record) => record.at <= now - NODE_TIMEOUT_MS);
    if (dead.length > 0) await reachStore(() => this.#redis.hdel(this.#keys.nodes, ...dead.map((record) => record.nodeId)));
    return records.filter((record) => record.at > now - NODE_TIMEOUT_MS);
  }
}
