import type { Redis } from 'ioredis';
import { z } from 'zod';

import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { simulatedEventSchema, type SimulatedEvent } from '../domain/simulation.ts';
import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';
import { BEGINNING } from './position.ts';
import { sendSimulation } from './scripts/send-simulation.ts';
import { fieldsOf } from './session-hash.ts';
import { StreamFollower } from './stream-follower.ts';

/** A node that is away for longer than it takes to ask for as many misses the first of them. */
const KEPT = 1_000;

const entrySchema = z.object({
  key: z.string(),
  event: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(simulatedEventSchema),
});

/**
 * Carries what a simulated driver is to play to whichever node runs the session: a stream of its own, which every node
 * with simulated phones follows, and which no client hears of.
 */
export class SimulationChannel {
  readonly #redis: Redis;
  readonly #keys: Keyspace;

  constructor(redis: Redis, keys: Keyspace) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Throws {@link StoreUnavailableError}. */
  async send(address: SessionAddress, event: SimulatedEvent): Promise<void> {
    const args = { key: sessionKey(address), event: JSON.stringify(event), kept: KEPT };
    await reachStore(() => sendSimulation.run(this.#redis, { simulation: this.#keys.simulation }, args));
  }

  /**
   * Plays what is sent from now on, by the key of its session. Takes the connection `blocking` for itself; `stop` of
   * what it returns closes it.
   */
  async follow(
    blocking: Redis,
    play: (key: string, event: SimulatedEvent) => void,
    onError: (error: unknown) => void,
  ): Promise<Pick<StreamFollower, 'stop'>> {
    const { simulation } = this.#keys;
    const [newest] = await reachStore(() => this.#redis.xrevrange(simulation, '+', '-', 'COUNT', 1));
    const follower = new StreamFollower({
      blocking,
      key: simulation,
      onError,
      onEntry: (_position, flat) => {
        try {
          const { key, event } = entrySchema.parse(fieldsOf(flat));
          play(key, event);
        } catch (error) {
          onError(error);
        }
      },
    });
    follower.start(newest?.[0] ?? BEGINNING);
    return follower;
  }
}
