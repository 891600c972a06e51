import type { Reason, SessionTag } from '../domain/session.ts';

/**
 * Snapshots of sessions that nobody runs. A request for such a session has no actor to go through, so the script that
 * records the request writes its consequence as well. They are states of the session machine: a test holds them against
 * it.
 */
export interface RestingState {
  readonly value: string;
  readonly reason: Reason;
  readonly tags: readonly SessionTag[];
}

/** Of a session whose node is lost: it waits to be started on another one. Says nothing of its browser. */
export const LOST_STATE = {
  value: 'reconnecting.queued',
  reason: 'node_lost',
  tags: ['busy'],
} as const satisfies RestingState;

export const RESTING_STATES = {
  never_started: { value: 'disconnected.never_started', reason: 'never_started', tags: ['settled', 'at_rest'] },
  queued: { value: 'disconnected.queued', reason: 'queued', tags: ['busy'] },
  stopped: { value: 'disconnected.stopped', reason: 'stopped', tags: ['settled', 'at_rest'] },
  evicted: { value: 'disconnected.evicted', reason: 'evicted', tags: ['settled', 'at_rest'] },
  logged_out: { value: 'disconnected.logged_out', reason: 'logged_out', tags: ['settled', 'at_rest', 'needs_scan'] },
} as const satisfies Record<string, RestingState>;
