import type { Redis } from 'ioredis';

import type { SessionAddress } from '../domain/session.ts';
import type { SimulatedEvent } from '../domain/simulation.ts';
import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';

/** Carries what a simulated driver is to play to whichever node runs the session, by the event stream. */
export class SimulationChannel {
  readonly #redis: Redis;
  readonly #keys: Keyspace;

  constructor(redis: Redis, keys: Keyspace) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async send({ userId, id }: SessionAddress, event: SimulatedEvent): Promise<void> {
    const entry = ['type', 'control.simulate', 'userId', userId, 'id', id, 'payload', JSON.stringify(event)];
    await reachStore(() => this.#redis.xadd(this.#keys.events, '*', ...entry));
  }
}
