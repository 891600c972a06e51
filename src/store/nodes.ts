import type { Redis } from 'ioredis';
import { z } from 'zod';

import { BREAKER_STATES, PRESSURES, SUPERVISOR_STATES } from '../domain/node-states.ts';
import { SESSION_STATES } from '../domain/session.ts';
import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';

const count = z.int().nonnegative();

/** All that must be understood to know that a node lives: one of another version is no dead one. */
const heartbeatSchema = z.object({ nodeId: z.string(), at: z.number() });
export type Heartbeat = Readonly<z.infer<typeof heartbeatSchema>>;

const descriptionSchema = z.object({ role: z.enum(['all', 'api', 'worker']), version: z.string(), rssBytes: count });
/** What a process says of itself. `rssBytes`: memory of the process alone, without its browsers. */
export type NodeDescription = Readonly<z.infer<typeof descriptionSchema>>;

const nodeSchema = heartbeatSchema.extend({
  ...descriptionSchema.shape,
  /** Milliseconds since 1970, as `at`. */
  startedAt: z.number(),
  capacity: count,
  /** The node's own view of its pool. */
  pool: z.object({
    byState: z.record(z.enum(SESSION_STATES), count),
    waiting: count,
    launching: count,
    /** `null`: an older version, which does not tell. */
    supervisor: z.enum(SUPERVISOR_STATES).nullable().default(null),
    breaker: z.enum(BREAKER_STATES),
    pressure: z.enum(PRESSURES),
  }),
});
export type NodeRecord = Readonly<z.infer<typeof nodeSchema>>;

/** A node that has not been heard of for this long is dead. */
export const NODE_TIMEOUT_MS = 15_000;

/** The nodes of the fleet, by their heartbeats. Says who lives; who owns a session the epochs say. */
export class NodeRegistry {
  readonly #redis: Redis;
  readonly #keys: Keyspace;
  readonly #describe: () => NodeDescription;

  /** @param describe what this process says of itself, asked at each beat. */
  constructor(redis: Redis, keys: Keyspace, describe: () => NodeDescription) {
    this.#redis = redis;
    this.#keys = keys;
    this.#describe = describe;
  }

  async beat(node: Omit<NodeRecord, keyof NodeDescription>): Promise<void> {
    const record: NodeRecord = { ...node, ...this.#describe() };
    await reachStore(() => this.#redis.hset(this.#keys.nodes, record.nodeId, JSON.stringify(record)));
  }

  async forget(nodeId: string): Promise<void> {
    await reachStore(() => this.#redis.hdel(this.#keys.nodes, nodeId));
  }

  /** Nodes heard of within {@link NODE_TIMEOUT_MS} before `now`; the others are dropped from the record. */
  async living(now: number): Promise<Heartbeat[]> {
    const heartbeats = (await this.#stored())
      .map((record) => heartbeatSchema.safeParse(record))
      .flatMap(({ data }) => data ?? []);
    const dead = heartbeats.filter((heartbeat) => !isHeard(heartbeat, now));
    if (dead.length > 0)
      await reachStore(() => this.#redis.hdel(this.#keys.nodes, ...dead.map(({ nodeId }) => nodeId)));
    return heartbeats.filter((heartbeat) => isHeard(heartbeat, now));
  }

  /**
   * What the living nodes say of themselves, the longest running first. Those that say it in another version's words
   * are passed over.
   */
  async reports(now: number): Promise<NodeRecord[]> {
    const records = (await this.#stored())
      .map((record) => nodeSchema.safeParse(record))
      .flatMap(({ data }) => data ?? []);
    return records
      .filter((record) => isHeard(record, now))
      .toSorted((a, b) => a.startedAt - b.startedAt || (a.nodeId < b.nodeId ? -1 : 1));
  }

  async #stored(): Promise<unknown[]> {
    return Object.values(await reachStore(() => this.#redis.hgetall(this.#keys.nodes))).map(parseJson);
  }
}

function isHeard({ at }: Heartbeat, now: number): boolean {
  return at > now - NODE_TIMEOUT_MS;
}

/** `undefined` for what is no JSON: one damaged record must not hide the others. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
