import type { Redis } from 'ioredis';

import { reachStore } from './connection.ts';
import type { NodeDrains } from './drains.ts';
import type { Keyspace } from './keys.ts';
import type { NodeRecord, NodeRegistry } from './nodes.ts';

interface FleetReaderOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly nodes: NodeRegistry;
  readonly drains: NodeDrains;
  /** Sessions in the queue for a node, in the whole fleet. Throws {@link StoreUnavailableError}. */
  readonly waiting: () => Promise<number>;
  /** What holds in the fleet. */
  readonly maxSessions: () => number;
}

export interface FleetReport {
  /** The living ones, the longest running first. */
  readonly nodes: readonly NodeRecord[];
  /** Names of those that are to give their sessions away. */
  readonly draining: ReadonlySet<string>;
  /** Sessions in the queue for a node. */
  readonly waiting: number;
  /** Sessions that are to run, those in the queue included. */
  readonly wanted: number;
  readonly maxSessions: number;
}

/** The whole fleet as Redis has it: any process can tell, whether it runs sessions or not. */
export class FleetReader {
  readonly #options: FleetReaderOptions;

  constructor(options: FleetReaderOptions) {
    this.#options = options;
  }

  /** Throws {@link StoreUnavailableError}. */
  async read(): Promise<FleetReport> {
    const { redis, keys, nodes, drains, waiting, maxSessions } = this.#options;
    const [reports, draining, inQueue, wanted] = await Promise.all([
      nodes.reports(),
      drains.all(),
      waiting(),
      reachStore(() => redis.zcard(keys.active)),
    ]);
    return { nodes: reports, draining, waiting: inQueue, wanted, maxSessions: maxSessions() };
  }

  /** Tells a node to give its sessions away, or to take some again. `false`: no such node lives. */
  async setDraining(nodeId: string, isDraining: boolean): Promise<boolean> {
    const { nodes, drains } = this.#options;
    const isKnown = (await nodes.reports()).some((node) => node.nodeId === nodeId);
    if (isKnown) await (isDraining ? drains.begin(nodeId) : drains.end(nodeId));
    return isKnown;
  }
}
