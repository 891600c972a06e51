import { createMachine, setup, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';

import type { Graph } from '../../src/domain/machine-graph.ts';
import { graphOf, pathTo } from '../../visualizer/graph.ts';
import { machines } from '../../visualizer/machines.ts';
import { transitionsOf } from '../machines/transitions.ts';

const lamp = setup({
  guards: { hasBulb: () => true },
  actions: { ring: (_args, _params: { times: number }) => undefined, log: () => undefined },
  delays: { patience: 1_000 },
}).createMachine({
  id: 'lamp',
  description: 'A lamp.',
  initial: 'off',
  on: { BREAK: { target: '.broken', description: 'It falls.' } },
  states: {
    off: {
      description: 'Dark.',
      tags: ['settled'],
      on: {
        PRESS: [
          { guard: 'hasBulb', target: 'on', description: 'It lights.' },
          { actions: 'log', description: 'No bulb.' },
        ],
      },
    },
    on: {
      description: 'Light.',
      initial: 'dim',
      entry: [{ type: 'ring', params: { times: 2 } }, 'log'],
      after: { patience: { target: 'off', description: 'It saves.' } },
      on: { PRESS: { target: '.bright', reenter: true, description: 'Anew.' } },
      states: {
        dim: { description: 'Dim.', on: { UP: { target: 'bright', description: 'More.' } } },
        bright: { description: 'Bright.' },
      },
    },
    broken: { description: 'Broken.', always: { guard: 'hasBulb', target: 'swept', description: 'Shards.' } },
    swept: { description: 'Gone.', type: 'final' },
  },
});

const edge = (graph: Graph, id: string) => graph.edges.find((each) => each.id === id);

describe('the graph of a machine', () => {
  const graph = graphOf(lamp);

  it('has each state, below its parent', () => {
    expect(graph.nodes.map(({ id, parent, type }) => [id, parent, type])).toEqual([
      ['lamp', null, 'compound'],
      ['lamp.off', 'lamp', 'atomic'],
      ['lamp.on', 'lamp', 'compound'],
      ['lamp.on.dim', 'lamp.on', 'atomic'],
      ['lamp.on.bright', 'lamp.on', 'atomic'],
      ['lamp.broken', 'lamp', 'atomic'],
      ['lamp.swept', 'lamp', 'final'],
    ]);
  });

  it('says of a state what it means and does, without XState’s own timers', () => {
    expect(graph.nodes.find(({ id }) => id === 'lamp.on')).toEqual({
      id: 'lamp.on',
      key: 'on',
      parent: 'lamp',
      type: 'compound',
      initial: 'lamp.on.dim',
      description: 'Light.',
      tags: [],
      entry: [{ type: 'ring', params: { times: 2 } }, { type: 'log' }],
      exit: [],
      invoke: [],
    });
  });

  it('tells what sets an edge off', () => {
    expect(edge(graph, 'lamp.on.dim:UP:0')).toMatchObject({
      source: 'lamp.on.dim',
      target: 'lamp.on.bright',
      event: 'UP',
      guard: null,
    });
    expect(edge(graph, 'lamp.on:after patience:0')).toMatchObject({
      target: 'lamp.off',
      delay: 'patience',
      description: 'It saves.',
    });
    expect(edge(graph, 'lamp.broken:always:0')).toMatchObject({
      target: 'lamp.swept',
      always: true,
      guard: { type: 'hasBulb' },
    });
  });

  it('tells the branches of one event apart', () => {
    expect(edge(graph, 'lamp.off:PRESS:0')).toMatchObject({
      target: 'lamp.on',
      guard: { type: 'hasBulb' },
      actions: [],
    });
    expect(edge(graph, 'lamp.off:PRESS:1')).toMatchObject({
      target: null,
      guard: null,
      actions: [{ type: 'log' }],
      internal: true,
    });
  });

  it('tells whether the source stays active', () => {
    expect(edge(graph, 'lamp:BREAK:0')?.internal).toBe(true);
    expect(edge(graph, 'lamp.on:PRESS:0')?.internal).toBe(false);
    expect(edge(graph, 'lamp.on.dim:UP:0')?.internal).toBe(false);
  });

  it('finds the way to a state, and says so when there is none', () => {
    expect(pathTo(graph, 'lamp.on.dim').map(({ key }) => key)).toEqual(['lamp', 'on', 'dim']);
    expect(() => pathTo(graph, 'lamp.up')).toThrow('the statechart lamp has no state lamp.up');
  });

  it('refuses what has no name', () => {
    expect(() => graphOf(createMachine({ id: 'x', entry: () => undefined }))).toThrow(TypeError);
  });
});

describe.each(Object.entries(machines))('the graph of %s', (_, machine: AnyStateMachine) => {
  const graph = graphOf(machine);

  it('has an edge for each transition, and no two of one name', () => {
    expect(graph.edges).toHaveLength(transitionsOf(machine).length);
    expect(new Set(graph.edges.map(({ id }) => id)).size).toBe(graph.edges.length);
  });

  it('leads only to states that it has', () => {
    const ids = new Set(graph.nodes.map(({ id }) => id));
    const named = [
      ...graph.edges.flatMap(({ source, target }) => [source, target]),
      ...graph.nodes.map(({ initial }) => initial),
    ];
    expect(named.filter((id) => typeof id === 'string' && !ids.has(id))).toEqual([]);
  });

  it('survives JSON', () => {
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
  });
});
