import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Graph, GraphEdge, GraphNode } from '../../../src/domain/machine-graph.ts';
import { graphOf } from '../../../visualizer/graph.ts';
import { machines } from '../../../visualizer/machines.ts';
import { placeChart } from '../../../visualizer/statechart/layout/place-chart.ts';
import { faultsOf } from './geometry.ts';

const state = (id: string, parent: string | null, initial?: string): GraphNode => ({
  id,
  key: id.split('.').at(-1) ?? id,
  parent,
  description: '',
  tags: [],
  entry: [],
  exit: [],
  invoke: [],
  type: initial === undefined ? 'atomic' : 'compound',
  ...(initial === undefined ? {} : { initial }),
});

/**
 * Statecharts of up to three levels, with arrows between any two states: also from a state to itself, to one inside of
 * it and to one around it.
 */
const charts: fc.Arbitrary<Graph> = fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }).chain((sizes) => {
  const nodes = [
    state('m', null, 'm.s0'),
    ...sizes.flatMap((size, outer) => {
      const id = `m.s${outer}`;
      const inner = Array.from({ length: size }, (_, index) => state(`${id}.t${index}`, id));
      return [state(id, 'm', inner[0]?.id), ...inner];
    }),
  ];
  const ids = nodes.map(({ id }) => id);
  const edges = fc.array(
    fc.record({
      source: fc.constantFrom(...ids),
      target: fc.constantFrom(...ids.slice(1)),
      event: fc.constantFrom('go', 'a.longer.event', 'x'),
    }),
    { maxLength: 9 },
  );
  return edges.map((drawn): Graph => ({
    id: 'm',
    description: '',
    nodes,
    edges: drawn.map((edge, index): GraphEdge => ({
      ...edge,
      id: `${edge.source}:${edge.event}:${index}`,
      guard: null,
      actions: [],
      description: '',
      internal: false,
    })),
  }));
});

describe.each(Object.entries(machines))('the placed chart of the %s', (_, machine) => {
  const graph = graphOf(machine);
  const placed = placeChart(graph);

  it('has everything in its place: nothing overlaps, children lie in their parents, arrows end at borders', async () => {
    expect(faultsOf(await placed)).toEqual([]);
  });

  it('shows each transition that changes the state in exactly one label', async () => {
    const { routes } = await placed;
    const shown = routes.flatMap(({ lines }) => lines.flatMap(({ edges }) => edges));
    expect(shown.toSorted()).toEqual(
      graph.edges
        .filter(({ target }) => target !== null)
        .map(({ id }) => id)
        .toSorted(),
    );
  });
});

describe('the layout', () => {
  it('keeps that promise for any statechart', async () => {
    const isSound = fc.asyncProperty(charts, async (graph) => {
      expect(faultsOf(await placeChart(graph))).toEqual([]);
    });
    await fc.assert(isSound, { numRuns: 25 });
  });

  it('is the same for the same graph', async () => {
    const [graph] = Object.values(machines).map(graphOf);
    if (graph === undefined) throw new TypeError('there is no machine');
    expect(await placeChart(graph)).toEqual(await placeChart(graph));
  });
});
