import type { Graph, GraphEdge } from '../../src/domain/machine-graph.ts';
import { pathTo } from '../graph.ts';
import type { LabelLine, PlacedChart } from './placed-chart.ts';

/** A state next to another, and what leads from one to the other. */
export interface Neighbour {
  readonly state: string;
  readonly lines: readonly LabelLine[];
}

export interface Neighbourhood {
  /**
   * Where the state is entered from. A state that it is inside of, such as the whole chart, stands for wherever one is
   * in that.
   */
  readonly before: readonly Neighbour[];
  /** The innermost states that it leads to, those that are its own before those of the states it is inside of. */
  readonly after: readonly Neighbour[];
}

/** The states next to one of the innermost; none for a state that the chart does not have. */
export function neighboursOf({ graph, routes }: PlacedChart, id: string): Neighbourhood {
  if (!graph.nodes.some((node) => node.id === id)) return { before: [], after: [] };
  const lines = routes.flatMap((route) => route.lines);
  const entering = graph.edges.filter(({ source, target }) => source !== id && innermost(graph, target) === id);
  const leaving = edgesIn(graph, id).filter(({ target }) => target !== null && innermost(graph, target) !== id);
  return {
    before: grouped(entering, ({ source }) => source, lines),
    after: grouped(leaving, ({ target }) => innermost(graph, target) ?? '', lines),
  };
}

/**
 * The transitions that can be taken in a state, its own first: one that an inner state takes whatever a guard says is
 * none of the outer state's. Where nothing runs, nothing is heard of a browser.
 */
function edgesIn(graph: Graph, id: string): readonly GraphEdge[] {
  const way = pathTo(graph, id).toReversed();
  const isAtRest = way[0]?.tags.includes('at_rest') ?? false;
  const taken = new Set<string>();
  return way.flatMap((state) => {
    const own = graph.edges.filter(
      (edge) =>
        edge.source === state.id &&
        !('event' in edge && (taken.has(edge.event) || (isAtRest && edge.event.startsWith('browser.')))),
    );
    for (const edge of own) if ('event' in edge && edge.guard === null) taken.add(edge.event);
    return own;
  });
}

function innermost(graph: Graph, id: string | null): string | null {
  const initial = graph.nodes.find((node) => node.id === id)?.initial;
  return initial === undefined ? id : innermost(graph, initial);
}

function grouped(
  edges: readonly GraphEdge[],
  stateOf: (edge: GraphEdge) => string,
  lines: readonly LabelLine[],
): readonly Neighbour[] {
  const byState = new Map<string, Set<LabelLine>>();
  for (const edge of edges) {
    const own = byState.get(stateOf(edge)) ?? new Set();
    byState.set(stateOf(edge), own);
    for (const line of lines) if (line.edges.includes(edge.id)) own.add(line);
  }
  return [...byState].map(([state, own]) => ({ state, lines: [...own] }));
}
