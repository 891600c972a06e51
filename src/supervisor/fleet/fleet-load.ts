import { poolSize } from '../../observability/pool.ts';
import type { NodeDrains } from '../../store/drains.ts';
import type { NodeRecord, NodeRegistry } from '../../store/nodes.ts';
import type { SessionQueue } from '../../queue/session-queue.ts';
import type { Pool } from '../../observability/pool.ts';
import type { FleetRecovery } from './fleet-recovery.ts';
import type { Sharer } from './fair-share.ts';
import type { FleetLoad } from './placement.ts';

interface LoadSources {
  readonly nodeId: string;
  readonly capacity: number;
  /** What this node carries: its own record is older. */
  readonly pool: Pool;
  readonly nodes: NodeRegistry;
  readonly drains: NodeDrains;
  readonly recovery: Pick<FleetRecovery, 'activeCount'>;
  readonly queue: Pick<SessionQueue, 'interruptedCount'>;
}

/** What all nodes have to do, and what each says that it carries. Throws {@link StoreUnavailableError}. */
export async function fleetLoad({ nodeId, capacity, pool, ...of }: LoadSources): Promise<FleetLoad> {
  const [records, draining, wanted, interrupted] = await Promise.all([
    of.nodes.reports(),
    of.drains.all(),
    of.recovery.activeCount(),
    of.queue.interruptedCount(),
  ]);
  const view = pool.getSnapshot().context;
  const self: Sharer = {
    nodeId,
    capacity,
    running: poolSize(view),
    isServing: !draining.has(nodeId),
    isShort: view.pressure === 'high',
  };
  const others = records.filter((record) => record.nodeId !== nodeId).map((record) => sharerOf(record, draining));
  return { self, others, wanted, interrupted };
}

function sharerOf({ nodeId, capacity, pool }: NodeRecord, draining: ReadonlySet<string>): Sharer {
  const isEnding = pool.supervisor === 'draining' || pool.supervisor === 'drained';
  return {
    nodeId,
    capacity,
    running: Object.values(pool.byState).reduce((sum, count) => sum + count, 0),
    isServing: !isEnding && !draining.has(nodeId),
    isShort: pool.pressure === 'high',
  };
}
