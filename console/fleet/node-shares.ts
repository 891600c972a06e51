import type { FleetResource } from '../../src/api/routes/fleet-routes.ts';

type FleetNode = FleetResource['nodes'][number];

/** What a node carries, and what it is to carry of all that is wanted. */
export interface NodeShare {
  readonly carried: number;
  /** Rounded; 0 of a node that gives everything away. */
  readonly share: number;
}

/** A node that is short of memory or processor counts as half as large, as in the nodes' own reckoning. */
const weightOf = ({ capacity, draining, pressure }: FleetNode): number =>
  draining ? 0 : capacity * (pressure === 'high' ? 1 / 2 : 1);

/** The share of each node, by its name. */
export function sharesOf({ nodes, sessions }: FleetResource): ReadonlyMap<string, NodeShare> {
  const all = nodes.reduce((sum, node) => sum + weightOf(node), 0);
  return new Map(
    nodes.map((node) => {
      const carried = Object.values(node.sessions).reduce((sum, count) => sum + count, 0);
      const exact = all === 0 ? 0 : (sessions.wanted * weightOf(node)) / all;
      return [node.nodeId, { carried, share: Math.min(node.capacity, Math.round(exact)) }];
    }),
  );
}

/** How many builds the nodes are of, and which nodes have other limits than most. */
export function skewOf(nodes: readonly FleetNode[]): { builds: number; setOtherwise: ReadonlySet<string> } {
  const alike = new Map<string, string[]>();
  for (const { nodeId, limits } of nodes) {
    if (limits === null) continue;
    const key = `${limits.maxSessions} ${limits.maxSessionsPerUser}`;
    alike.set(key, [...(alike.get(key) ?? []), nodeId]);
  }
  const [, ...others] = [...alike.values()].toSorted((a, b) => b.length - a.length);
  return {
    builds: new Set(nodes.map(({ version, build }) => `${version} ${build ?? ''}`)).size,
    setOtherwise: new Set(others.flat()),
  };
}
