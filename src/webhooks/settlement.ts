import type { DeliveryOutcome } from '../domain/webhook.ts';
import type { Attempt } from './delivery-attempt.ts';
import { REFUSALS_ENOUGH } from './limits.ts';
import { parkedMember, type LaneState } from './lane.ts';
import type { WebhookMessage } from './payload.ts';
import { retryDelay } from './retry-schedule.ts';

/** Failures in a row of one message before an attempt. */
export type Tries = Pick<LaneState, 'failures' | 'refusals'>;

/** What an attempt means for its message. `done`: there is nothing more to do about it. */
export interface Judgement {
  readonly isDone: boolean;
  readonly outcome: DeliveryOutcome;
  readonly tries: Tries;
  /** Until the next attempt (ms). */
  readonly delayMs: number;
}

/** @param chance from 0 to 1, spreads the next attempts */
export function judge({ kind, retryAfterMs }: Attempt, { failures, refusals }: Tries, chance: number): Judgement {
  if (kind === 'delivered')
    return { isDone: true, outcome: 'delivered', tries: { failures: 0, refusals: 0 }, delayMs: 0 };
  const tries = { failures: failures + 1, refusals: refusals + (kind === 'refused' ? 1 : 0) };
  const delayMs = retryDelay(tries.failures, retryAfterMs, chance);
  if (kind === 'gone') return { isDone: false, outcome: 'disabled', tries, delayMs };
  const isDead = kind === 'refused' && tries.refusals >= REFUSALS_ENOUGH;
  return { isDone: isDead, outcome: isDead ? 'dead_letter' : 'failed', tries, delayMs };
}

/** An attempt and what it came to, as it is written down. */
export interface Settled {
  readonly sessionKey: string;
  readonly message: WebhookMessage;
  readonly attempt: Attempt;
  readonly judgement: Judgement;
  /** Of the attempts of this message, from 1 on. */
  readonly number: number;
  /** When it began (ms since 1970). */
  readonly at: number;
}

/** Fields and values for the list of attempts. */
export function recordFields({ message, attempt, judgement, number, at }: Settled): readonly string[] {
  const { webhookId, type, sessionId } = message;
  return Object.entries({
    webhookId,
    type,
    sessionId,
    at: new Date(at).toISOString(),
    attempt: String(number),
    status: attempt.status === null ? '' : String(attempt.status),
    ms: String(attempt.ms),
    error: attempt.error ?? '',
    outcome: judgement.outcome,
  }).flat();
}

/** The same for the list of dead letters. */
export function deadFields({ sessionKey, message, attempt, at }: Settled): readonly string[] {
  const { webhookId, type, sessionId, position } = message;
  return Object.entries({
    member: parkedMember({ sessionKey, position, type }),
    webhookId,
    type,
    sessionId,
    position,
    at: new Date(at).toISOString(),
    status: attempt.status === null ? '' : String(attempt.status),
    error: attempt.error ?? '',
  }).flat();
}

/** What all attempts of one step come to for their endpoint. */
export function outcomesOf(settled: readonly Settled[]) {
  const last = settled.at(-1);
  return {
    ok: settled.filter(({ attempt }) => attempt.kind === 'delivered').length,
    bad: settled.filter(({ attempt }) => attempt.kind === 'failed').length,
    gone: settled.some(({ attempt }) => attempt.kind === 'gone'),
    records: settled.map(recordFields),
    dead: settled.filter(({ judgement }) => judgement.outcome === 'dead_letter').map(deadFields),
    last:
      last &&
      JSON.stringify({
        at: new Date(last.at).toISOString(),
        status: last.attempt.status,
        outcome: last.judgement.outcome,
      }),
  };
}
