import { describe, expect, it } from 'vitest';

import { BREAKER_STATES, SUPERVISOR_STATES } from '../../../src/domain/node-states.ts';
import { breakerChart } from '../../../visualizer/statechart/placed/breaker.generated.ts';
import { supervisorChart } from '../../../visualizer/statechart/placed/supervisor.generated.ts';
import { activeOn, countNodes, heldBy } from '../../../visualizer/page/node-states.ts';
import { placeOf, readPlace, type Place } from '../../../visualizer/page/route.ts';

describe('a node’s machines', () => {
  it('light up in their charts, whatever state they are in', () => {
    const supervisor = new Set(supervisorChart.graph.nodes.map(({ id }) => id));
    for (const state of SUPERVISOR_STATES)
      expect(activeOn({ supervisor: state, breaker: 'closed' }, 'supervisor').every((id) => supervisor.has(id))).toBe(
        true,
      );
    const breaker = new Set(breakerChart.graph.nodes.map(({ id }) => id));
    for (const state of BREAKER_STATES)
      expect(activeOn({ supervisor: null, breaker: state }, 'breaker').every((id) => breaker.has(id))).toBe(true);
  });

  it('light up nothing where a node does not tell', () => {
    expect(activeOn({ supervisor: null, breaker: 'open' }, 'supervisor')).toEqual([]);
  });

  it('are counted in the states where they are', () => {
    const nodes = (['running', 'draining', null, 'running'] as const).map((supervisor) => ({
      supervisor,
      breaker: 'closed' as const,
    }));
    expect(Object.fromEntries(countNodes(nodes, 'supervisor'))).toEqual({
      'supervisor.running': 2,
      'supervisor.draining': 1,
    });
    expect(Object.fromEntries(countNodes(nodes, 'breaker'))).toEqual({ 'breaker.closed': 4 });
  });

  it('hold the sessions of every state', () => {
    expect(
      heldBy({ sessions: { waiting_qr: 1, authenticating: 0, ready: 5, disconnected: 2, reconnecting: 0, failed: 0 } }),
    ).toBe(8);
  });
});

describe('the address of a node’s machine', () => {
  it('names the node, or none', () => {
    for (const nodeId of [null, 'n1', 'host/a b%', 'ñ']) {
      const place: Place = { view: 'node', machine: 'supervisor', nodeId };
      expect(readPlace(placeOf(place))).toEqual(place);
    }
  });
});
