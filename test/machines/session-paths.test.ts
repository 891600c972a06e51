import { isDeepStrictEqual } from 'node:util';

import type { AnyTransitionDefinition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';

import {
  causes,
  sessionMachine,
  type Cause,
  type SessionContext,
  type SessionEvent,
  type SessionLimits,
} from '../../machines/session.machine.ts';
import { newsOf, REQUESTS } from './session-events.ts';
import { delayMs, recordingMachine, inputWith, runSession, type SessionSnapshot } from './run-session.ts';
import { transitionsOf, untaken } from './transitions.ts';

/** The end of a wait, as XState names it. */
interface Deadline {
  readonly type: `xstate.after.${string}`;
}
type Move = SessionEvent | Deadline;

interface Step {
  readonly move: Move;
  /** What the machine, as a pure function, says of it. */
  readonly value: SessionSnapshot['value'] | null;
}

const STALE = -1;

function isDeadline(move: { readonly type: string }): move is Deadline {
  return move.type.startsWith('xstate.after.');
}

/** One cause for each thing that may follow: the table of causes has its own test. */
const TELLING = new Set<Cause>(['network', 'conflict', 'logged_out', 'blocked']);

function movesFrom({ context, _nodes }: SessionSnapshot): readonly Move[] {
  const deadlines = _nodes.flatMap(({ after }) =>
    after.map(({ eventType }): { type: string } => ({ type: eventType })).filter(isDeadline),
  );
  const news = newsOf(context.browser).filter((event) => event.type !== 'browser.lost' || TELLING.has(event.cause));
  const stale = newsOf(STALE).filter((event) => event.type === 'browser.lost' && event.cause === 'network');
  return [...deadlines, ...REQUESTS, ...news, ...stale, { type: 'browser.closed', browser: context.closing }];
}

/** States that differ in nothing that a guard looks at are one. */
function serialize({ value, context }: SessionSnapshot): string {
  const { reason, attempt, takeovers, missed, browser, closing, boundTo } = context;
  const kind = reason !== null && reason in causes ? causes[reason as keyof typeof causes].follows : reason;
  return JSON.stringify([value, kind, attempt, takeovers, missed, browser > closing, boundTo !== null]);
}

/** Every state by a shortest path, and in each of them every event that may be the last. */
function pathsOf(limits: Partial<SessionLimits>, isLast: (move: Move) => boolean): readonly (readonly Step[])[] {
  const paths = getShortestPaths(recordingMachine, {
    input: inputWith(limits),
    // The deadlines are events of the machine too, though its own union of events does not list them.
    events: (snapshot) => movesFrom(snapshot) as readonly SessionEvent[],
    serializeState: serialize,
    limit: 100_000,
  });
  return paths.flatMap(({ steps, state }) => {
    const way = steps.slice(1).map(({ event, state: { value } }): Step => ({ move: event, value }));
    return movesFrom(state)
      .filter(isLast)
      .map((move) => way.concat({ move, value: null }));
  });
}

/** Browsers are numbered by the way that led there, and a state may have been found by another. */
function renumber(move: SessionEvent, { browser, closing }: SessionContext): SessionEvent {
  if (!('browser' in move) || move.browser === STALE) return move;
  return { ...move, browser: move.type === 'browser.closed' ? closing : browser };
}

/** Goes the path with a real actor. */
function walk(path: readonly Step[], limits: Partial<SessionLimits>): ReadonlySet<AnyTransitionDefinition> {
  const { actor, clock, taken, errors } = runSession(inputWith(limits));
  for (const { move, value } of path) {
    const { context } = actor.getSnapshot();
    if (isDeadline(move)) clock.increment(delayMs(move.type.split('.')[2] ?? '', context));
    else actor.send(renumber(move, context));
    const reached = actor.getSnapshot().value;
    // Nearly always so, and an assertion takes longer than the step.
    if (value !== null && !isDeepStrictEqual(reached, value)) expect(reached).toEqual(value);
  }
  expect(errors).toEqual([]);
  expect(actor.getSnapshot().status).toBe('active');
  actor.stop();
  return taken;
}

/**
 * One attempt, so that the last is near. Where the first miss is the last one too, only misses can tell a difference.
 */
const LIMIT_CASES: readonly { readonly limits: Partial<SessionLimits>; readonly isLast: (move: Move) => boolean }[] = [
  { limits: { reconnectMaxAttempts: 1, missedProbes: 3 }, isLast: () => true },
  { limits: { reconnectMaxAttempts: 1, missedProbes: 1 }, isLast: ({ type }) => type === 'probe.missed' },
];

describe('the paths of a session', () => {
  it('take each transition there is', { timeout: 240_000 }, () => {
    const taken = new Set<AnyTransitionDefinition>();
    for (const { limits, isLast } of LIMIT_CASES) {
      for (const path of pathsOf(limits, isLast)) for (const transition of walk(path, limits)) taken.add(transition);
    }
    expect(untaken(recordingMachine, taken)).toEqual([]);
  });

  it('leave out, by name, what cannot be taken', () => {
    const { taken } = runSession();
    expect(untaken(sessionMachine, taken)).toHaveLength(transitionsOf(sessionMachine).length);
    const all = new Set(transitionsOf(sessionMachine));
    for (const transition of all) if (transition.eventType === 'supervisor.park') all.delete(transition);
    expect(untaken(sessionMachine, all)).toEqual(['session.failed.judging, supervisor.park -> session.failed.parked']);
  });
});
