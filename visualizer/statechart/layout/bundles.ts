import type { Graph, GraphEdge } from '../../../src/domain/machine-graph.ts';
import type { LabelLine } from '../placed-chart.ts';
import { triggerOf } from '../trigger.ts';

/** All transitions from one state to another. */
export interface Bundle {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly lines: readonly LabelLine[];
}

/**
 * What is drawn as arrows: one for each pair of states, so that the eye has fewer to follow. What changes no state is
 * no arrow.
 */
export function bundlesOf(graph: Graph): readonly Bundle[] {
  const pairs = new Map<string, { readonly source: string; readonly target: string; readonly edges: GraphEdge[] }>();
  for (const edge of graph.edges) {
    if (edge.target === null) continue;
    const id = `${edge.source}>${edge.target}`;
    const pair = pairs.get(id) ?? { source: edge.source, target: edge.target, edges: [] };
    pair.edges.push(edge);
    pairs.set(id, pair);
  }
  return [...pairs].map(([id, { source, target, edges }]) => ({ id, source, target, lines: linesOf(graph, edges) }));
}

function linesOf(graph: Graph, edges: readonly GraphEdge[]): readonly LabelLine[] {
  const lines = new Map<string, LabelLine>();
  for (const edge of edges) {
    const { kind, text } = triggerOf(edge);
    const guard = guardOf(graph, edge);
    const key = JSON.stringify([kind, text, guard]);
    lines.set(key, { kind, text, guard, edges: [...(lines.get(key)?.edges ?? []), edge.id] });
  }
  return [...lines.values()];
}

/** A guard is told only where it decides between branches: that the browser is the one in use goes without saying. */
function guardOf(graph: Graph, edge: GraphEdge): string | null {
  const trigger = triggerOf(edge);
  const branches = graph.edges.filter((other) => {
    const its = triggerOf(other);
    return other.source === edge.source && its.kind === trigger.kind && its.text === trigger.text;
  });
  if (branches.length > 1 || trigger.kind === 'always') return edge.guard?.type ?? 'otherwise';
  return null;
}
