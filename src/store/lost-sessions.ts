import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';

import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';
import { LOST_STATE } from './resting-states.ts';
import { holdQueue } from './scripts/hold-queue.ts';
import { markLost } from './scripts/mark-lost.ts';
import { stateFields } from './state-fields.ts';

/** Sessions in one step: other commands wait for Redis as long as it takes. */
const CHUNK = 100;

/** Tells sessions whose node is lost, and those that wait while no node lives: there is nobody else to say so. */
export class LostSessions {
  readonly #redis: Redis;
  readonly #keys: Keyspace;

  constructor(redis: Redis, keys: Keyspace) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Of all sessions that the node had. Returns how many were told. Throws `StoreUnavailableError`. */
  async tellLost(nodeId: string): Promise<number> {
    const held = new QueueKeys(`${this.#keys.prefix}:bull`).toKey('sessions', 'active');
    const [active, jobs] = await reachStore(() =>
      Promise.all([this.#redis.zrevrange(this.#keys.active, 0, -1), this.#redis.lrange(held, 0, -1)]),
    );
    let told = 0;
    for (const keys of chunks([...new Set([...active, ...jobs])])) {
      told += await reachStore(() =>
        markLost.run(this.#redis, this.#keys, {
          nodeId,
          keys,
          lost: stateFields(LOST_STATE),
          ...this.#prefixes(),
          historyPrefix: this.#keys.history(''),
        }),
      );
    }
    return told;
  }

  /** `held`: no node lives. Returns how many wait. Throws `StoreUnavailableError`. */
  async tellQueue(how: 'held' | 'free'): Promise<number> {
    const active = await reachStore(() => this.#redis.zrange(this.#keys.active, 0, '-1'));
    let waiting = 0;
    for (const keys of chunks(active)) {
      const args = { keys, ahead: waiting, how, ...this.#prefixes() };
      waiting += await reachStore(() => holdQueue.run(this.#redis, this.#keys, args));
    }
    return waiting;
  }

  #prefixes() {
    return { sessionPrefix: this.#keys.session(''), eventsPrefix: this.#keys.eventsOf('') };
  }
}

function* chunks(keys: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < keys.length; from += CHUNK) yield keys.slice(from, from + CHUNK);
}
