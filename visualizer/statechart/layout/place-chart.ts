import ElkConstructor, { type ELK, type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';

import type { Graph } from '../../../src/domain/machine-graph.ts';
import { pathTo } from '../../graph.ts';
import type { Box, PlacedChart, PlacedState, Point } from '../placed-chart.ts';
import { bundlesOf } from './bundles.ts';
import { elkInput, standInId, startId } from './elk-input.ts';

const MARGIN = 12;

/**
 * Gives everything in a statechart its place: boxes in boxes, arrows along right angles, labels that nothing covers.
 * The same graph, the same places.
 */
export async function placeChart(graph: Graph): Promise<PlacedChart> {
  const bundles = bundlesOf(graph);
  const elk: ELK = new ElkConstructor.default();
  const laid = await elk.layout(elkInput(graph, bundles));
  const nodes = new Map(nodesBelow(laid).map((node) => [node.id, node]));
  const edges = new Map((laid.edges ?? []).map((edge) => [edge.id, edge]));
  const boxOf = (id: string): Box => placeOf(known(nodes, id));
  return {
    graph,
    width: Math.ceil((laid.width ?? 0) + 2 * MARGIN),
    height: Math.ceil((laid.height ?? 0) + 2 * MARGIN),
    states: graph.nodes.map(({ id, parent }): PlacedState => ({
      id,
      parent,
      depth: pathTo(graph, id).length - 1,
      ...boxOf(id),
    })),
    starts: graph.nodes.flatMap(({ id, initial }) =>
      initial === undefined ? [] : [{ of: id, dot: boxOf(startId(id)), points: pointsOf(known(edges, startId(id))) }],
    ),
    routes: bundles.map(({ id, source, target, lines }) => {
      const edge = known(edges, id);
      return {
        id,
        source,
        target,
        points: pointsOf(edge),
        label: placeOf(edge.labels?.[0] ?? {}),
        lines,
        standIn: nodes.has(standInId(id)) ? boxOf(standInId(id)) : null,
      };
    }),
  };
}

function nodesBelow(node: ElkNode): readonly ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(nodesBelow)];
}

function known<Found>(all: ReadonlyMap<string, Found>, id: string): Found {
  const found = all.get(id);
  if (found === undefined) throw new TypeError(`the layout has lost ${id}`);
  return found;
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

function placeOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box {
  return { x: rounded(x + MARGIN), y: rounded(y + MARGIN), width: rounded(width), height: rounded(height) };
}

function pointsOf({ id, sections }: ElkExtendedEdge): readonly Point[] {
  const [section] = sections ?? [];
  if (section === undefined) throw new TypeError(`the layout has no way for ${id}`);
  return [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(({ x, y }) => ({
    x: rounded(x + MARGIN),
    y: rounded(y + MARGIN),
  }));
}
