import type { Graph, GraphEdge, GraphNode } from '../../src/domain/machine-graph.ts';
import { pathTo } from '../graph.ts';

/** One move: from where to where, as `session.ready.online`, and the event that led there. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly event: string;
  /** Why it is there, where that is known. */
  readonly reason?: string | null;
}

/** `ready.online` as the interface tells it is `session.ready.online` in the chart. */
export function stateIdOf(graph: Graph, value: string): string {
  return `${graph.id}.${value}`;
}

/**
 * The state and all that it is in; nothing for one that the chart does not have, such as a state of a newer version.
 */
export function activeStates(graph: Graph, id: string): readonly string[] {
  return graph.nodes.some((node) => node.id === id) ? pathTo(graph, id).map((node) => node.id) : [];
}

/**
 * The transitions that a move took, as far as event and states tell: the one that the event set off, then those that
 * needed no event. A guard decides between branches that lead to the same state; where the reason does not tell which
 * it was, all of them.
 */
export function takenEdges(graph: Graph, { from, to, event, reason = null }: Move): readonly string[] {
  const sources = activeStates(graph, from).toReversed();
  for (const source of sources) {
    const branches = ofReason(
      graph.edges.filter((edge) => edge.source === source && isSetOffBy(edge, event)),
      reason,
    );
    const taken = branches.flatMap((edge) => {
      if (edge.target === null) return from === to ? [edge.id] : [];
      const rest = wayOnwards(graph, edge.target, to);
      return rest === null ? [] : [edge.id].concat(rest);
    });
    if (taken.length > 0) return [...new Set(taken)];
  }
  return [];
}

/** A branch that gives another reason was not taken; one that gives this very reason was. */
function ofReason(branches: readonly GraphEdge[], reason: string | null): readonly GraphEdge[] {
  const given = (edge: GraphEdge): unknown =>
    edge.actions.find(({ params }) => params !== undefined && 'reason' in params)?.params?.['reason'];
  const exact = branches.filter((edge) => reason !== null && given(edge) === reason);
  if (exact.length > 0) return exact;
  return reason === null ? branches : branches.filter((edge) => given(edge) === undefined);
}

/** An intent is written by whoever asked, before the machine hears of it as an event of the session. */
function isSetOffBy(edge: GraphEdge, event: string): boolean {
  if ('delay' in edge) return event === `after.${edge.delay}`;
  return 'event' in edge && edge.event === event.replace(/^intent\.(?:create_and_)?/, 'session.');
}

/**
 * What follows when a state is entered, until `to` is reached: transitions without event. `null`: it does not lead
 * there.
 */
function wayOnwards(graph: Graph, entered: string, to: string): readonly string[] | null {
  const leaf = leafBelow(graph, entered);
  if (leaf === undefined) return null;
  if (leaf.id === to) return [];
  for (const edge of graph.edges) {
    if (edge.source !== leaf.id || !('always' in edge) || edge.target === null || edge.target === entered) continue;
    const rest = wayOnwards(graph, edge.target, to);
    if (rest !== null) return [edge.id, ...rest];
  }
  return null;
}

function leafBelow(graph: Graph, id: string): GraphNode | undefined {
  const node = graph.nodes.find((each) => each.id === id);
  return node?.initial === undefined ? node : leafBelow(graph, node.initial);
}
