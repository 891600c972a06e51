import type { Graph } from '../../src/domain/machine-graph.ts';
import { pathTo } from '../graph.ts';

/** What is written on the stand-in for an outer state: its transitions are taken in whatever state it is inside. */
export function standInText(graph: Graph, state: string): string {
  const node = pathTo(graph, state).at(-1);
  return node === undefined || node.parent === null ? 'anywhere' : `in ${node.key}`;
}
