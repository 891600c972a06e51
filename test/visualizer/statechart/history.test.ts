import { describe, expect, it } from 'vitest';

import { recordedHistorySchema, replayHistory } from '../../../src/test-kit/index.ts';
import type { Transition } from '../../../src/domain/session.ts';
import { exportHistory } from '../../../visualizer/statechart/export-history.ts';
import { changesBetween, factsOf, lastFailure, stepsThatLedTo } from '../../../visualizer/statechart/history.ts';
import { privateSession, SECRETS } from './private-session.ts';

const step = (rev: number, from: string, to: string, event: string, nodeId = 'vm-4711'): Transition => ({
  rev,
  from,
  to,
  event,
  nodeId,
  at: '2026-11-24T10:00:00.000Z',
  reason: event === 'browser.lost' ? ('network' as const) : null,
  durationMs: 5,
});
const LOST: readonly Transition[] = [
  step(1, 'disconnected.queued', 'authenticating.launching', 'launch.granted'),
  step(2, 'authenticating.launching', 'authenticating.syncing', 'browser.authenticated'),
  step(3, 'authenticating.syncing', 'ready.online', 'browser.ready'),
  step(4, 'ready.online', 'reconnecting.closing', 'browser.lost'),
  step(5, 'reconnecting.closing', 'reconnecting.backoff', 'browser.closed', 'vm-4712'),
  step(6, 'reconnecting.backoff', 'reconnecting.queued', 'session.reconnect'),
  step(7, 'reconnecting.queued', 'failed.closing', 'browser.lost'),
];

describe('what is shown of a session', () => {
  it('is how it stands, and nothing of who it is, what it shows or what was said', () => {
    const said = JSON.stringify(factsOf(privateSession));
    expect(SECRETS.filter((secret) => said.includes(secret))).toEqual([]);
    expect(factsOf(privateSession)).toMatchObject({ qr: 3, error: 'TIMEOUT', attempt: 1, restarts: 2 });
  });

  it('is, of a step, what it changed', () => {
    const before = factsOf(privateSession);
    expect(changesBetween(before, { ...before, attempt: 2, qr: null })).toEqual([
      { fact: 'attempt', before: 1, after: 2 },
      { fact: 'qr', before: 3, after: null },
    ]);
  });
});

describe('what led to a step', () => {
  it('begins where the session was last well', () => {
    expect(stepsThatLedTo(LOST, 4)).toEqual([3, 4]);
  });

  it('begins where it was restarted: an earlier failure is left out', () => {
    const again = [
      ...LOST,
      step(8, 'failed.closing', 'failed.resting', 'supervisor.restart'),
      step(9, 'failed.resting', 'reconnecting.queued', 'after.retryDelay'),
      step(10, 'reconnecting.queued', 'failed.closing', 'browser.lost'),
    ];
    expect(stepsThatLedTo(again, 9)).toEqual([8, 9]);
  });

  it('begins where somebody asked for something', () => {
    expect(stepsThatLedTo(LOST, 6)).toEqual([5, 6]);
  });

  it('is all there is when nothing else is known', () => {
    expect(stepsThatLedTo(LOST, 2)).toEqual([0, 1, 2]);
  });
});

it('a failure is where a session was lost or gave up, not each step of it', () => {
  expect([0, 2, 3, 5, 6].map((index) => lastFailure(LOST, index))).toEqual([null, null, 3, 3, 6]);
});

describe('an exported history', () => {
  const exported = exportHistory({ transitions: LOST.toReversed(), maxAttempts: 5, now: 0 });

  it('is what the test kit reads and replays', () => {
    expect(recordedHistorySchema.parse(JSON.parse(JSON.stringify(exported)))).toEqual(exported);
    expect(replayHistory(exportHistory({ transitions: LOST.slice(0, 4), maxAttempts: 5, now: 0 }))).toEqual({
      kind: 'same',
      steps: 4,
    });
  });

  it('is in the order of the steps, and tells nodes apart without their names', () => {
    expect(exported.transitions.map(({ rev }) => rev)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(exported.transitions.map(({ nodeId }) => nodeId)).toEqual([
      'node 1',
      'node 1',
      'node 1',
      'node 1',
      'node 2',
      'node 1',
      'node 1',
    ]);
  });
});
