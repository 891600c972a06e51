import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';
import { z } from 'zod';

import { BREAKER_STATES, PRESSURES, SUPERVISOR_STATES } from '../domain/node-states.ts';
import { SESSION_STATES } from '../domain/session.ts';
import { reachStore } from './connection.ts';
import { fleetSettingsSchema } from './fleet-settings.ts';
import type { Keyspace } from './keys.ts';
import { beatNode } from './scripts/beat-node.ts';
import { forgetNode } from './scripts/forget-node.ts';

const count = z.int().nonnegative();

/**
 * All that must be understood to know that a node lives: one of another version is no dead one. `at` is when it was heard
 * of, in milliseconds since 1970, by the clock of Redis.
 */
const heartbeatSchema = z.object({
  nodeId: z.string(),
  at: z.number(),
  /** Which process it is that has this name; `null`: a version that does not tell. */
  incarnation: z.string().nullable().default(null),
});
export type Heartbeat = Readonly<z.infer<typeof heartbeatSchema>>;

const descriptionSchema = z.object({
  role: z.enum(['all', 'api', 'worker']),
  version: z.string(),
  /** Which build of that version; `null`: one that does not tell. */
  build: z.string().nullable().default(null),
  rssBytes: count,
  /** How it is set; `null`: a version that does not tell, or in words of its own. */
  fleet: fleetSettingsSchema.nullable().catch(null).default(null),
});
/** What a process says of itself. `rssBytes`: memory of the process alone, without its browsers. */
export type NodeDescription = Readonly<z.input<typeof descriptionSchema>>;

const nodeSchema = heartbeatSchema.extend({
  ...descriptionSchema.shape,
  /** Milliseconds since 1970, by the node's own clock. */
  startedAt: z.number(),
  capacity: count,
  /** How often it has looked for sessions that were left behind. */
  sweeps: count.default(0),
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
/** What a node says at a beat; the rest is added here, and by Redis. */
export type NodeBeat = Omit<NodeRecord, keyof NodeDescription | 'at' | 'incarnation'>;

/** The process that had a name before: what is left of it on this computer says so. */
export interface FormerNode {
  readonly nodeId: string;
  /** `null`: of a version that had none. */
  readonly incarnation: string | null;
}

/** How a beat was taken. `taken`: another process lives under this name, and was heard of at `heardAt`. */
export type BeatOutcome = { readonly kind: 'beats' } | { readonly kind: 'taken'; readonly heardAt: number };

/** Nodes heard of, with when that was, and now; all by the clock of Redis, in milliseconds. */
export interface HeardNodes {
  readonly now: number;
  readonly heardAt: ReadonlyMap<string, number>;
}

/** How often a node says that it lives (ms). */
export const BEAT_MS = 1_000;
/** One that beats and has not been heard of for this long is called lost: its sessions are told so (ms). */
export const NODE_LOST_MS = 3_000;
/** The same, where somebody wants its name (ms). */
const NAME_FREE_MS = 6_000;
/** A node that has not been heard of for this long is dead (ms). */
export const NODE_TIMEOUT_MS = 15_000;

/** The nodes of the fleet, by their heartbeats. Says who lives; who owns a session the epochs say. */
export class NodeRegistry {
  /** This process: no other has the same. */
  readonly incarnation = randomUUID();
  readonly #redis: Redis;
  readonly #keys: Keyspace;
  readonly #describe: () => NodeDescription;

  /** @param describe what this process says of itself, asked at each beat. */
  constructor(redis: Redis, keys: Keyspace, describe: () => NodeDescription) {
    this.#redis = redis;
    this.#keys = keys;
    this.#describe = describe;
  }

  /** Says that the node lives. Changes nothing while another process lives under its name. */
  async beat(node: NodeBeat): Promise<BeatOutcome> {
    const { incarnation } = this;
    const [kind, at] = await reachStore(() =>
      beatNode.run(this.#redis, this.#keys, {
        nodeId: node.nodeId,
        incarnation,
        record: JSON.stringify({ ...node, ...this.#describe(), incarnation }),
        lostMs: NAME_FREE_MS,
        timeoutMs: NODE_TIMEOUT_MS,
      }),
    );
    return kind === 'beats' ? { kind } : { kind, heardAt: at };
  }

  /** This process signs off. */
  async leave(nodeId: string): Promise<void> {
    await this.forget({ nodeId, incarnation: this.incarnation });
  }

  /** Forgets a process that is dead. `other`: its name is that of another one by now, which lives. */
  async forget({ nodeId, incarnation }: FormerNode): Promise<'gone' | 'other'> {
    const args = { nodeId, incarnation: incarnation ?? undefined, timeoutMs: NODE_TIMEOUT_MS };
    return reachStore(() => forgetNode.run(this.#redis, this.#keys, args));
  }

  /** Nodes heard of within {@link NODE_TIMEOUT_MS}. */
  async living(): Promise<Heartbeat[]> {
    const { now, records } = await this.#stored();
    return records
      .map((record) => heartbeatSchema.safeParse(record))
      .flatMap(({ data }) => data ?? [])
      .filter((heartbeat) => isHeard(heartbeat, now));
  }

  /** Those that beat, and when they did so last: the silent ones too, until they are {@link dismiss}ed. */
  async heard(): Promise<HeardNodes> {
    const [now, flat] = await Promise.all([
      this.#now(),
      reachStore(() => this.#redis.zrange(this.#keys.heard, 0, '-1', 'WITHSCORES')),
    ]);
    const heardAt = new Map<string, number>();
    for (let index = 0; index + 1 < flat.length; index += 2) heardAt.set(flat[index] ?? '', Number(flat[index + 1]));
    return { now, heardAt };
  }

  /** What a lost node had is told as lost. */
  async dismiss(nodeId: string): Promise<void> {
    await reachStore(() => this.#redis.multi().zrem(this.#keys.heard, nodeId).hdel(this.#keys.nodes, nodeId).exec());
  }

  /**
   * What the living nodes say of themselves, the longest running first. Those that say it in another version's words
   * are passed over.
   */
  async reports(): Promise<NodeRecord[]> {
    const { now, records } = await this.#stored();
    return records
      .map((record) => nodeSchema.safeParse(record))
      .flatMap(({ data }) => data ?? [])
      .filter((record) => isHeard(record, now))
      .toSorted((a, b) => a.startedAt - b.startedAt || (a.nodeId < b.nodeId ? -1 : 1));
  }

  async #stored(): Promise<{ readonly now: number; readonly records: readonly unknown[] }> {
    const [now, records] = await Promise.all([this.#now(), reachStore(() => this.#redis.hgetall(this.#keys.nodes))]);
    return { now, records: Object.values(records).map(parseJson) };
  }

  async #now(): Promise<number> {
    const [seconds, microseconds] = await reachStore(() => this.#redis.time());
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
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
