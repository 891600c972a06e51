import type { Session } from '../../src/client/index.ts';
import { sessionChart } from '../statechart/placed/session.generated.ts';
import { activeStates, stateIdOf, takenEdges } from '../statechart/steps.ts';
import type { ChartTimer, Taken } from './chart-marks.ts';
import type { KnownStep } from './use-history.ts';

const { graph } = sessionChart;

export function activeIn(value: string): readonly string[] {
  return activeStates(graph, stateIdOf(graph, value));
}

export function takenBy({
  from,
  to,
  event,
  reason,
}: Pick<KnownStep, 'from' | 'to' | 'event' | 'reason'>): readonly string[] {
  return takenEdges(graph, { from: stateIdOf(graph, from), to: stateIdOf(graph, to), event, reason });
}

export function lastTaken(step: KnownStep | undefined, key: string): Taken | null {
  return step === undefined ? null : { edges: takenBy(step), key: `${key} ${step.rev}` };
}

/**
 * The ends that the interface tells: of the wait before the next attempt, and of the code that is shown. Other
 * deadlines are the node's own.
 */
export function timersOf(session: Session, now: number): readonly ChartTimer[] {
  const { nextAttemptAt } = session.reconnect;
  const state = stateIdOf(graph, session.value);
  const secondsUntil = (at: string): number => Math.max(0, Math.ceil((Date.parse(at) - now) / 1_000));
  const code = session.state === 'waiting_qr' ? (session.qr ?? session.pairingCode) : null;
  return [
    ...(nextAttemptAt === null ? [] : [{ state, delay: 'retryDelay', secondsLeft: secondsUntil(nextAttemptAt) }]),
    ...(code === null ? [] : [{ state, delay: null, secondsLeft: secondsUntil(code.expiresAt) }]),
  ];
}

/** For each transition the numbers, from 1, of the steps that took it. */
export function placesOf(steps: readonly KnownStep[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, readonly number[]>();
  for (const [index, step] of steps.entries()) {
    for (const edge of takenBy(step)) places.set(edge, [...(places.get(edge) ?? []), index + 1]);
  }
  return places;
}
