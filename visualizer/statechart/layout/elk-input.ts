import type { ElkExtendedEdge, ElkNode } from 'elkjs';

import type { Graph, GraphNode } from '../../../src/domain/machine-graph.ts';
import { pathTo } from '../../graph.ts';
import type { Bundle } from './bundles.ts';
import { standInText } from '../stand-in.ts';
import { labelSize, NAME_SIZE, STAND_IN_SIZE, widthOf } from '../text-size.ts';

const LEAF = { height: 30, padding: 14, least: 72 };
const DOT = 10;
const STAND_IN = { height: 20, padding: 9 };
/** Each tag is a small mark behind the name. */
const TAG = 11;
/** What the machine tells first comes first, where arrows in both directions leave the choice. */
const FORWARD = { 'elk.layered.priority.direction': '1' };
const BEGINNING = { 'elk.layered.priority.direction': '20' };

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.edgeLabels.inline': 'false',
  'elk.layered.thoroughness': '30',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.spacing.nodeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeNodeBetweenLayers': '8',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '7',
  'elk.spacing.nodeNode': '22',
  'elk.spacing.edgeNode': '12',
  'elk.spacing.edgeEdge': '10',
  'elk.spacing.edgeLabel': '3',
  'elk.spacing.labelLabel': '6',
} as const;
const PADDING = '[top=42,left=18,bottom=18,right=18]';

export const startId = (state: string): string => `start:${state}`;
export const standInId = (bundle: string): string => `standIn:${bundle}`;

/** Whether a transition leads from a state to one inside of it. */
export function leadsInward({ source, target }: Pick<Bundle, 'source' | 'target'>, graph: Graph): boolean {
  return source !== target && pathTo(graph, target).some(({ id }) => id === source);
}

/** The statechart as ELK wants it. Spacings are not inherited, so each state with children says them all. */
export function elkInput(graph: Graph, bundles: readonly Bundle[]): ElkNode {
  const inward = new Set(bundles.filter((bundle) => leadsInward(bundle, graph)));
  const nodeOf = (state: GraphNode): ElkNode => {
    const inner = graph.nodes.filter(({ parent }) => parent === state.id);
    if (inner.length === 0) return { id: state.id, width: leafWidth(state), height: LEAF.height };
    const start: readonly ElkNode[] =
      state.initial === undefined ? [] : [{ id: startId(state.id), width: DOT, height: DOT }];
    const standIns = [...inward]
      .filter(({ target }) => inner.some(({ id }) => id === target))
      .map((bundle): ElkNode => {
        const width = widthOf(standInText(graph, bundle.source), STAND_IN_SIZE) + 2 * STAND_IN.padding;
        return { id: standInId(bundle.id), width, height: STAND_IN.height };
      });
    return {
      id: state.id,
      layoutOptions: { ...OPTIONS, 'elk.padding': PADDING, ...leastSize(state) },
      children: [...start, ...standIns, ...inner.map(nodeOf)],
    };
  };
  const starts = graph.nodes.flatMap(({ id, initial }): readonly ElkExtendedEdge[] =>
    initial === undefined
      ? []
      : [{ id: startId(id), sources: [startId(id)], targets: [initial], layoutOptions: BEGINNING }],
  );
  const places = new Map(graph.nodes.map(({ id }, place) => [id, place]));
  const edges = bundles.map((bundle): ElkExtendedEdge => ({
    id: bundle.id,
    layoutOptions: (places.get(bundle.source) ?? 0) < (places.get(bundle.target) ?? 0) ? FORWARD : {},
    sources: [inward.has(bundle) ? standInId(bundle.id) : bundle.source],
    targets: [bundle.target],
    labels: [
      {
        id: `label:${bundle.id}`,
        text: bundle.id,
        ...labelSize(bundle.lines),
        layoutOptions: { 'elk.edgeLabels.placement': 'CENTER' },
      },
    ],
  }));
  return {
    id: '',
    layoutOptions: { ...OPTIONS },
    children: graph.nodes.filter(({ parent }) => parent === null).map(nodeOf),
    edges: [...starts, ...edges],
  };
}

function leafWidth({ key, tags }: GraphNode): number {
  return Math.max(LEAF.least, widthOf(key, NAME_SIZE) + 2 * LEAF.padding + tags.length * TAG);
}

/** Room for the title, however little is inside. */
function leastSize(state: GraphNode): Readonly<Record<string, string>> {
  return {
    'elk.nodeSize.constraints': '[MINIMUM_SIZE]',
    'elk.nodeSize.minimum': `(${leafWidth(state)},${LEAF.height})`,
  };
}
