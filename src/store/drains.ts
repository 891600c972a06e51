import type { Redis } from 'ioredis';

import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';

/** Nodes that are told to give their sessions away and to take none, until they are told otherwise or end. */
export class NodeDrains {
  readonly #redis: Redis;
  readonly #keys: Keyspace;

  constructor(redis: Redis, keys: Keyspace) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Idempotent. Throws {@link StoreUnavailableError}. */
  async begin(nodeId: string): Promise<void> {
    await reachStore(() => this.#redis.sadd(this.#keys.drains, nodeId));
  }

  /** Idempotent; a node that ends calls it, so that its successor of the same name is none. */
  async end(nodeId: string): Promise<void> {
    await reachStore(() => this.#redis.srem(this.#keys.drains, nodeId));
  }

  /** Names of the nodes that drain. Throws {@link StoreUnavailableError}. */
  async all(): Promise<ReadonlySet<string>> {
    return new Set(await reachStore(() => this.#redis.smembers(this.#keys.drains)));
  }
}
