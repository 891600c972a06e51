import type { Session } from '../src/client/index.ts';

/**
 * How a session that was lost comes back: by an attempt of a row, by taking over once from whoever opened WhatsApp Web
 * elsewhere, by the supervisor's restart, or in a fresh browser because the old one was to be replaced.
 */
export type Comeback =
  | { readonly by: 'attempt'; readonly attempt: number; readonly of: number }
  | { readonly by: 'takeover' | 'restart' | 'fresh_browser' };

/** What happens to a session next if nobody does anything. Times are ISO instants. */
export type NextStep =
  | { readonly kind: 'queue'; readonly position: number; readonly heldBy: 'breaker' | 'pressure' | 'no_node' | null }
  | { readonly kind: 'new_code'; readonly at: string }
  /** Its browser is being closed; only then is there a next step. */
  | { readonly kind: 'closing' }
  | { readonly kind: 'comeback_later'; readonly at: string; readonly comeback: Comeback }
  /** It may launch when its turn comes. Where in the queue it is, is not known. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'comeback'; readonly comeback: Comeback }
  /** The supervisor decides whether it is started once more. */
  | { readonly kind: 'verdict' }
  /** It goes on by itself, within its deadline. */
  | { readonly kind: 'progress' }
  /** It stays until somebody acts. */
  | { readonly kind: 'person'; readonly how: 'start' | 'decide' }
  | { readonly kind: 'nothing' };

export function nextStepOf(session: Session): NextStep {
  const { queue, value } = session;
  if (queue !== null) return { kind: 'queue', ...queue };
  switch (session.state) {
    case 'waiting_qr':
      return { kind: 'new_code', at: (session.qr ?? session.pairingCode).expiresAt };
    case 'reconnecting':
      return afterLoss(session);
    case 'failed':
      return afterFailure(session);
    case 'disconnected':
      if (value === 'disconnected.closing') return { kind: 'closing' };
      // One that the phone has logged out is still wanted, and waits for a person all the same.
      return session.tags.includes('busy') ? { kind: 'progress' } : { kind: 'person', how: 'start' };
    case 'authenticating':
      return { kind: 'progress' };
    case 'ready':
      return { kind: 'nothing' };
  }
}

function afterLoss(session: Session): NextStep {
  const { nextAttemptAt } = session.reconnect;
  const comeback = comebackOf(session);
  if (nextAttemptAt !== null) return { kind: 'comeback_later', at: nextAttemptAt, comeback };
  if (session.value === 'reconnecting.closing') return { kind: 'closing' };
  return session.value === 'reconnecting.queued' ? { kind: 'turn' } : { kind: 'comeback', comeback };
}

function afterFailure({ value, tags, reconnect: { nextAttemptAt } }: Session): NextStep {
  if (nextAttemptAt !== null) return { kind: 'comeback_later', at: nextAttemptAt, comeback: { by: 'restart' } };
  if (value === 'failed.closing') return { kind: 'closing' };
  return tags.includes('busy') ? { kind: 'verdict' } : { kind: 'person', how: 'decide' };
}

/** After a conflict the attempts of before are not counted on, and one that was never lost has none. */
function comebackOf({ reason, reconnect: { attempt, maxAttempts } }: Session): Comeback {
  if (reason === 'conflict') return { by: 'takeover' };
  if (attempt > 0) return { by: 'attempt', attempt, of: maxAttempts };
  return { by: reason === null ? 'fresh_browser' : 'restart' };
}

/** The instant that the step waits for; `null` when it waits for none. */
export function instantOf(step: NextStep): number | null {
  return 'at' in step ? Date.parse(step.at) : null;
}
