import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { transitionSchema } from '../../../src/domain/session.ts';
import { sessionChart } from '../../../visualizer/statechart/placed/session.generated.ts';
import { activeStates, stateIdOf, takenEdges } from '../../../visualizer/statechart/steps.ts';

const { graph } = sessionChart;
const recorded = z
  .record(z.string(), z.array(transitionSchema))
  .parse(JSON.parse(readFileSync(new URL('../../test-kit/recorded-histories.json', import.meta.url), 'utf8')));

const taken = (from: string, to: string, event: string) =>
  takenEdges(graph, { from: stateIdOf(graph, from), to: stateIdOf(graph, to), event });

describe('the transition that a move took', () => {
  it('is found by its event and where it leads', () => {
    expect(taken('authenticating.launching', 'waiting_qr.scan', 'browser.qr')).toEqual([
      'session.authenticating.launching:browser.qr:0',
    ]);
  });

  it('may be one of an outer state', () => {
    expect(taken('ready.online', 'disconnected.closing', 'session.stop')).toEqual(['session:session.stop:0']);
  });

  it('goes on where no event is needed', () => {
    expect(taken('disconnected.closing', 'disconnected.stopped', 'browser.closed')).toEqual([
      'session.disconnected.closing:browser.closed:0',
      'session.disconnected.closed:always:0',
    ]);
  });

  it('is the end of a wait', () => {
    expect(taken('reconnecting.backoff', 'reconnecting.queued', 'after.retryDelay')).toEqual([
      'session.reconnecting.backoff:after retryDelay:0',
    ]);
  });

  it('is what an intent asks for', () => {
    expect(taken('disconnected.stopped', 'disconnected.queued', 'intent.start')).toEqual([
      'session.disconnected:session.start:0',
    ]);
  });

  it('is told by the reason, where several branches lead to the same state', () => {
    const failed = (reason: string) =>
      takenEdges(graph, { from: 'session.ready.online', to: 'session.failed.closing', event: 'browser.lost', reason });
    expect(failed('attempts_exhausted')).toEqual(['session:browser.lost:7']);
    expect(failed('blocked')).toEqual(['session:browser.lost:2', 'session:browser.lost:4']);
  });

  it('is unknown for what no machine did', () => {
    expect(taken('ready.online', 'disconnected.queued', 'node.died')).toEqual([]);
    expect(taken('a.state', 'of.tomorrow', 'session.start')).toEqual([]);
  });

  it.each(Object.entries(recorded))('is known for each step of a session that was %s', (_, transitions) => {
    const unknown = transitions
      .filter(({ from, to, event }) => taken(from, to, event).length === 0)
      .map(({ event }) => event);
    expect(unknown.filter((event) => event !== 'node.died')).toEqual([]);
  });
});

it('a state is active with all that it is in, and one that is not in the chart is not', () => {
  expect(activeStates(graph, 'session.ready.online')).toEqual(['session', 'session.ready', 'session.ready.online']);
  expect(activeStates(graph, 'session.of.tomorrow')).toEqual([]);
});
