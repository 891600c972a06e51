import type { Graph, GraphEdge, GraphNode } from '../src/domain/machine-graph.ts';
import { pathTo } from './graph.ts';

/**
 * The whole statechart as a Mermaid state diagram. What changes no state is left out: a picture could only show it as
 * noise.
 */
export function mermaidOf(graph: Graph): string {
  const root = rootOf(graph);
  const lines = [...childrenOf(graph, root).flatMap((child) => drawState(graph, child)), ...drawEdges(graph, root)];
  return page(graph, lines);
}

/** Only the states at the top, and what leads from one to another, whatever happens inside of them. */
export function overviewOf(graph: Graph): string {
  const root = rootOf(graph);
  const top = (id: string) => (pathTo(graph, id)[1] ?? root).id;
  const arrows = graph.edges.flatMap((edge) => {
    if (edge.target === null || top(edge.source) === top(edge.target)) return [];
    return [{ from: top(edge.source), to: top(edge.target), label: labelOf(graph, edge) }];
  });
  return page(graph, [
    ...childrenOf(graph, root).map((child) => declare(graph, child)),
    ...drawArrows(graph, root, arrows),
  ]);
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

function page({ description }: Graph, lines: readonly string[]): string {
  return ['stateDiagram-v2', `%% ${description}`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

function declare(graph: Graph, { id, key }: GraphNode): string {
  return `state "${escape(key)}" as ${nameOf(graph, id)}`;
}

function drawState(graph: Graph, node: GraphNode): readonly string[] {
  if (node.type === 'final') return [declare(graph, node), `${nameOf(graph, node.id)} --> [*]`];
  if (node.initial === undefined) return [declare(graph, node)];
  const inner = [...childrenOf(graph, node).flatMap((child) => drawState(graph, child)), ...drawEdges(graph, node)];
  return [`${declare(graph, node)} {`, ...inner.map((line) => `  ${line}`), '}'];
}

/** The edges that are drawn in this state's own box. */
function drawEdges(graph: Graph, within: GraphNode): readonly string[] {
  const arrows = graph.edges.flatMap((edge) => {
    if (edge.target === null || boxOf(graph, edge.source, edge.target) !== within.id) return [];
    return [{ from: edge.source, to: edge.target, label: labelOf(graph, edge) }];
  });
  return drawArrows(graph, within, arrows);
}

/**
 * One arrow for all edges between the same two states. Mermaid draws none from a state to one inside of it: a stand-in
 * inside, named for any of its states, is where those begin.
 */
function drawArrows(graph: Graph, within: GraphNode, arrows: readonly Arrow[]): readonly string[] {
  const bundles = new Map<string, Set<string>>();
  for (const { from, to, label } of arrows) {
    const ends = `${leadsInward(graph, from, to) ? standInOf(graph, from) : nameOf(graph, from)} --> ${nameOf(graph, to)}`;
    bundles.set(ends, (bundles.get(ends) ?? new Set()).add(label));
  }
  const standIn = graph.edges.some(
    ({ source, target }) => source === within.id && target !== null && leadsInward(graph, source, target),
  );
  return [
    ...(within.initial === undefined ? [] : [`[*] --> ${nameOf(graph, within.initial)}`]),
    ...(standIn ? [`state "in any state" as ${standInOf(graph, within.id)}`] : []),
    ...[...bundles].map(([ends, labels]) => {
      const label = [...labels].filter((word) => word !== '').join('<br/>');
      return label === '' ? ends : `${ends}: ${label}`;
    }),
  ];
}

function standInOf(graph: Graph, id: string): string {
  return [nameOf(graph, id), 'anywhere'].filter((word) => word !== '').join('__');
}

/**
 * Id of the state in whose box an edge is drawn: the one that both its ends are children of, or that it leads inward
 * from. All others are drawn outside of every box, since Mermaid moves a state into the first box where an edge names
 * it.
 */
function boxOf(graph: Graph, source: string, target: string): string {
  const parentOf = (id: string) => pathTo(graph, id).at(-1)?.parent ?? graph.id;
  const box = parentOf(target);
  return box === source || box === parentOf(source) ? box : graph.id;
}

/** Whether an edge leads from a state to one inside of it. */
function leadsInward(graph: Graph, from: string, to: string): boolean {
  return from !== to && pathTo(graph, to).some(({ id }) => id === from);
}

/** A guard is told only where it decides: that the browser is the one in use goes without saying. */
function labelOf(graph: Graph, edge: GraphEdge): string {
  const trigger = triggerOf(edge);
  const decides =
    trigger === '' ||
    graph.edges.filter((other) => other.source === edge.source && triggerOf(other) === trigger).length > 1;
  return escape(
    [trigger, decides ? `[${edge.guard?.type ?? 'otherwise'}]` : ''].filter((word) => word !== '').join(' '),
  );
}

function triggerOf(edge: GraphEdge): string {
  if ('event' in edge) return edge.event;
  return 'delay' in edge ? `after ${edge.delay}` : '';
}

function rootOf(graph: Graph): GraphNode {
  const [root] = pathTo(graph, graph.id);
  if (root === undefined) throw new TypeError(`the statechart ${graph.id} has no root`);
  return root;
}

function childrenOf({ nodes }: Graph, { id }: GraphNode): readonly GraphNode[] {
  return nodes.filter(({ parent }) => parent === id);
}

/** Mermaid takes no dots in a name. */
function nameOf(graph: Graph, id: string): string {
  return pathTo(graph, id)
    .slice(1)
    .map(({ key }) => key)
    .join('__');
}

/** Mermaid's own entities, for what would end a label or begin something else. */
function escape(text: string): string {
  return text.replace(/[#;:"<>]/g, (sign) => `#${sign.charCodeAt(0)};`);
}
