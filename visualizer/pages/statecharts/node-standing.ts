/** How a node stands, as far as its machines are concerned. */
export interface NodeStanding {
  readonly nodeId: string;
  readonly breaker: string;
  readonly waiting: number;
  readonly launching: number;
  /** Sessions that it holds. */
  readonly held: number;
}

/** Reads the fleet's answer; what is not understood is left out. */
export function readNodes(fleet: unknown): readonly NodeStanding[] {
  const nodes: unknown = fieldOf(fleet, 'nodes');
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    const nodeId = fieldOf(node, 'nodeId');
    const breaker = fieldOf(node, 'breaker');
    if (typeof nodeId !== 'string' || typeof breaker !== 'string') return [];
    const sessions = fieldOf(node, 'sessions');
    const held = typeof sessions === 'object' && sessions !== null ? Object.values(sessions).reduce((sum: number, each: unknown) => sum + countOf(each), 0) : 0;
    return [{ nodeId, breaker, waiting: countOf(fieldOf(node, 'waiting')), launching: countOf(fieldOf(node, 'launching')), held }];
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function countOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
