import { describe, expect, it } from 'vitest';

import { neighboursOf, type Neighbour } from '../../../visualizer/statechart/neighbours.ts';
import { sessionChart } from '../../../visualizer/statechart/placed/session.generated.ts';

const { nodes, edges } = sessionChart.graph;
const leaves = nodes.filter(({ type }) => type === 'atomic').map(({ id }) => id);
const around = (state: string) => neighboursOf(sessionChart, `session.${state}`);
const written = (neighbours: readonly Neighbour[]) =>
  neighbours.map(({ state, lines }) => [
    state,
    lines.map(({ text, guard }) => (guard === null ? text : `${text} [${guard}]`)),
  ]);

describe('the states next to one', () => {
  it('are those from which it is entered, and those that it leads to, its own transitions first', () => {
    const { before, after } = around('reconnecting.backoff');
    expect(written(before)).toEqual([['session.reconnecting.closing', ['browser.closed', 'closeTimeout']]]);
    expect(written(after)).toEqual([
      ['session.reconnecting.queued', ['session.reconnect', 'retryDelay']],
      ['session.failed.refusing.unlinking', ['browser.ready [isOtherAccount]']],
      ['session.ready.online', ['browser.ready [isCurrentBrowser]']],
      [
        'session.disconnected.closing',
        ['session.stop', 'session.evict', 'session.restart', 'node.drain', 'node.rebalance'],
      ],
      ['session.disconnected.logging_out.reaching.clearing', ['session.logout [isListed]']],
      ['session.disconnected.logging_out.closing', ['session.logout [otherwise]', 'browser.lost [needsScan]']],
      [
        'session.failed.closing',
        [
          'browser.lost [needsPerson]',
          'browser.lost [wasTakenAgain]',
          'browser.lost [isOutage]',
          'browser.lost [otherwise]',
        ],
      ],
      ['session.reconnecting.closing', ['browser.lost [mayTakeOver]', 'browser.lost [hasAttemptsLeft]']],
    ]);
  });

  it('are none that an inner state keeps its outer one from leading to', () => {
    const asked = around('disconnected.queued').after.flatMap(({ lines }) => lines.map(({ text }) => text));
    expect(asked).not.toContain('session.start');
    expect(asked).toContain('launch.granted');
  });

  it('are none that only a browser leads to, where there is none', () => {
    expect(written(around('disconnected.stopped').after)).toEqual([
      ['session.disconnected.queued', ['session.start', 'session.restart', 'session.reconnect']],
      ['session.disconnected.logging_out.reaching.clearing', ['session.logout [isListed]']],
      ['session.disconnected.logging_out.erasing', ['session.logout [otherwise]']],
    ]);
  });

  it('are none for a state of another version', () => {
    expect(around('ready.of_tomorrow')).toEqual({ before: [], after: [] });
  });

  it.each(leaves)('have a way between for each of them, of no other transitions than the chart has: %s', (id) => {
    const { before, after } = neighboursOf(sessionChart, id);
    const known = new Set(edges.map((edge) => edge.id));
    expect(after.length).toBeGreaterThan(0);
    for (const { state, lines } of [...before, ...after]) {
      expect(state).not.toBe(id);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line.edges.filter((edge) => !known.has(edge))).toEqual([]);
    }
  });
});
