import type { FleetResource } from '../../src/api/routes/fleet-routes.ts';
import type { NodeMachine } from './route.ts';

export type FleetNode = FleetResource['nodes'][number];

/** The states of the chart that a node's machine is in; none where the node does not tell. */
export function activeOn(node: Pick<FleetNode, NodeMachine>, machine: NodeMachine): readonly string[] {
  const state = node[machine];
  return state === null ? [] : [machine, `${machine}.${state}`];
}

/** How many nodes stand in each state of the chart. */
export function countNodes(
  nodes: readonly Pick<FleetNode, NodeMachine>[],
  machine: NodeMachine,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const state = activeOn(node, machine).at(-1);
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

/** Sessions that the node holds. */
export function heldBy({ sessions }: Pick<FleetNode, 'sessions'>): number {
  return Object.values(sessions).reduce((sum, count) => sum + count, 0);
}
