import { initialTransition, transition, type AnyStateNode, type SnapshotFrom } from 'xstate';

import { sessionMachine, type SessionInput } from '../../machines/session.machine.ts';
import { pathOf, snapshotAt } from '../../machines/state-path.ts';
import { REASONS, type Transition } from '../domain/session.ts';
import type { RecordedHistory } from './recorded-history.ts';
import { eventsNamed, type ReplayEvent } from './replay-events.ts';

type Candidate = SnapshotFrom<typeof sessionMachine>;

/** How the machine and a history agree. */
export type Replay =
  | { readonly kind: 'same'; readonly steps: number }
  | {
      readonly kind: 'diverged';
      /** Place of the first step that the machine does not take. */
      readonly index: number;
      readonly step: Transition;
      /** Where the machine goes instead, as `state (reason)`; nowhere when it does not know the event there. */
      readonly instead: readonly string[];
    };

/**
 * Changes of what the machine remembers that a history does not show, since the state stays: asked for again, a probe
 * missed, it held long enough.
 */
const SILENT = [
  'session.start',
  'session.stop',
  'session.evict',
  'session.restart',
  'session.reconnect',
  'probe.missed',
  'probe.answered',
  'after.stableAfter',
];
const MOST_SILENT = 2;
const MOST_CANDIDATES = 200;

/**
 * Drives the machine, as it is now, through what a session has lived through, and tells where they part first. History
 * keeps names, not all that events carried, so every session that may have had this history is followed; they agree as
 * long as one of them does. Nothing is run: no browser, no clock.
 */
export function replayHistory({
  transitions,
  maxAttempts,
}: Pick<RecordedHistory, 'transitions' | 'maxAttempts'>): Replay {
  const input = inputWith(maxAttempts);
  const steps = transitions.toSorted((a, b) => a.rev - b.rev);
  let candidates: readonly Candidate[] = beginnings(steps[0]?.from ?? 'disconnected.never_started', input);
  for (const [index, step] of steps.entries()) {
    const reached = afterStep(candidates, step, input);
    const right = distinct(
      reached.filter((candidate) => pathOf(candidate.value) === step.to && candidate.context.reason === step.reason),
    );
    if (right.length === 0)
      return {
        kind: 'diverged',
        index,
        step,
        instead: [...new Set(reached.map((candidate) => `${pathOf(candidate.value)} (${candidate.context.reason})`))],
      };
    candidates = right;
  }
  return { kind: 'same', steps: steps.length };
}

/** All that may be the case when it has taken the step, were it to the right state or not. */
function afterStep(candidates: readonly Candidate[], step: Transition, input: SessionInput): readonly Candidate[] {
  const { event } = step;
  // Told of it by its node, not by the machine.
  if (event === 'machine.errored') return inState(step.to, input, step.reason);
  if (event === 'node.died') return take(fresh(input), 'session.start');
  const name = event.replace(/^intent\.(?:create_and_start$)?/, (prefix) =>
    prefix === 'intent.' ? 'session.' : 'session.start',
  );
  // One that was at rest, or in the queue, may have been taken up by another actor, which begins from nothing.
  const begun = [fresh(input), ...take(fresh(input), 'session.start')];
  const known = candidates.flatMap((candidate) =>
    candidate.hasTag('at_rest') || candidate.matches({ disconnected: 'queued' }) ? [candidate, ...begun] : [candidate],
  );
  let current: readonly Candidate[] = known;
  const reached: Candidate[] = [];
  for (let silent = 0; silent <= MOST_SILENT; silent += 1) {
    reached.push(...current.flatMap((candidate) => take(candidate, name)));
    if (reached.some((candidate) => pathOf(candidate.value) === step.to && candidate.context.reason === step.reason))
      return reached;
    current = distinct(
      current.flatMap((candidate) =>
        SILENT.flatMap((each) =>
          take(candidate, each).filter((next) => pathOf(next.value) === pathOf(candidate.value)),
        ),
      ),
    );
  }
  return reached;
}

function take(candidate: Candidate, name: string): readonly Candidate[] {
  return eventsNamed(name, candidate.context, DELAYS).map((event: ReplayEvent) => {
    // XState's own events are not among the machine's, though it takes them.
    const [next] = transition(
      sessionMachine,
      candidate,
      event as Parameters<typeof transition<typeof sessionMachine>>[2],
    );
    return next;
  });
}

function fresh(input: SessionInput): Candidate {
  const [candidate] = initialTransition(sessionMachine, input);
  return candidate;
}

/** A history may begin in the middle, and what the machine remembered there is not in it: all that it may have been. */
function beginnings(from: string, input: SessionInput): readonly Candidate[] {
  return from === 'disconnected.never_started'
    ? [fresh(input)]
    : [null, ...REASONS].flatMap((reason) => inState(from, input, reason));
}

function inState(path: string, input: SessionInput, reason: Transition['reason']): readonly Candidate[] {
  const initial = fresh(input);
  const attempts = Array.from({ length: input.limits.reconnectMaxAttempts + 1 }, (_, attempt) => attempt);
  return attempts.flatMap((attempt) =>
    [0, 1].map((takeovers) =>
      snapshotAt(sessionMachine, path, initial, { ...initial.context, attempt, takeovers, browser: 1, reason }),
    ),
  );
}

/** Told apart only by what a guard or a later reason may ask for. */
function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const keyOf = ({ value, context: { reason, attempt, takeovers, missed, browser, closing } }: Candidate): string =>
    JSON.stringify([value, reason, attempt, takeovers, missed, browser > closing]);
  return [...new Map(candidates.map((candidate) => [keyOf(candidate), candidate])).values()].slice(0, MOST_CANDIDATES);
}

/** Times do not matter here: a wait ends when the history says so. */
function inputWith(reconnectMaxAttempts: number): SessionInput {
  const ms = 1_000;
  const limits = {
    launchTimeoutMs: ms,
    syncTimeoutMs: ms,
    qrWindowMs: ms,
    closeTimeoutMs: ms,
    unlinkTimeoutMs: ms,
    reachTimeoutMs: ms,
    eraseTimeoutMs: ms,
    verdictTimeoutMs: ms,
    stableAfterMs: ms,
    reconnectBaseMs: ms,
    reconnectMaxMs: ms,
    conflictHoldMs: ms,
    missedProbes: 3,
    reconnectMaxAttempts,
  };
  return { limits, seed: 0, pairWith: null, account: null, boundTo: null, restarts: 0, credentials: 'volatile' };
}

/** The states that have a wait of each name. */
const DELAYS = delaysOf(sessionMachine.root);

function delaysOf(root: AnyStateNode): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const visit = (state: AnyStateNode): void => {
    for (const { delay } of state.after) found.set(String(delay), [...(found.get(String(delay)) ?? []), state.id]);
    for (const inner of Object.values(state.states)) visit(inner);
  };
  visit(root);
  return found;
}
