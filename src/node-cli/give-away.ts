import type { NodeDrains } from '../store/drains.ts';
import type { NodeRecord, NodeRegistry } from '../store/nodes.ts';

interface GiveAwayOptions {
  readonly nodes: Pick<NodeRegistry, 'reports'>;
  readonly drains: Pick<NodeDrains, 'begin' | 'all'>;
  readonly nodeId: string;
  /** Resolves when it is time to look again; rejects when nobody wants to know any more. */
  readonly pause: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

/**
 * How a drain went. `left`: sessions that the node still carries: they show a code, or nobody has room for them, or time
 * was up.
 */
export interface GivenAway {
  readonly kind: 'empty' | 'no_receiver' | 'codes_only' | 'time_up' | 'no_such_node';
  readonly left: number;
}

/**
 * Tells a node to give its sessions away, and waits until it carries none that could move. It stays told so: what comes
 * next is its end. Throws `StoreUnavailableError`.
 */
export async function giveAway(options: GiveAwayOptions): Promise<GivenAway> {
  const { nodes, drains, nodeId, pause, signal } = options;
  await drains.begin(nodeId);
  for (;;) {
    const [records, draining] = await Promise.all([nodes.reports(), drains.all()]);
    const own = records.find((record) => record.nodeId === nodeId);
    if (own === undefined) return { kind: 'no_such_node', left: 0 };
    const left = carriedBy(own);
    if (left === 0) return { kind: 'empty', left };
    if (left === own.pool.byState.waiting_qr) return { kind: 'codes_only', left };
    if (!records.some((record) => hasRoom(record, draining))) return { kind: 'no_receiver', left };
    if (signal.aborted || (await isOver(pause))) return { kind: 'time_up', left };
  }
}

/** Sessions that a node carries, whatever state they are in. */
export function carriedBy({ pool }: NodeRecord): number {
  return Object.values(pool.byState).reduce((sum, count) => sum + count, 0);
}

function hasRoom(record: NodeRecord, draining: ReadonlySet<string>): boolean {
  const isEnding = record.pool.supervisor === 'draining' || record.pool.supervisor === 'drained';
  return !isEnding && !draining.has(record.nodeId) && carriedBy(record) < record.capacity;
}

async function isOver(pause: () => Promise<unknown>): Promise<boolean> {
  return pause().then(
    () => false,
    () => true,
  );
}
