import type { Session } from '../src/client/index.ts';

/** What happens to a session next if nobody does anything. Times are ISO instants. */
export type NextStep =
  | { readonly kind: 'line'; readonly position: number; readonly heldBy: 'breaker' | 'pressure' | null }
  | { readonly kind: 'new_code'; readonly at: string }
  | { readonly kind: 'attempt'; readonly at: string; readonly attempt: number; readonly of: number }
  | { readonly kind: 'attempting'; readonly attempt: number; readonly of: number }
  | { readonly kind: 'restart'; readonly at: string }
  /** It goes on by itself, within its deadline. */
  | { readonly kind: 'progress' }
  /** It stays until somebody acts. */
  | { readonly kind: 'person'; readonly how: 'start' | 'decide' }
  | { readonly kind: 'nothing' };

export function nextStepOf(session: Session): NextStep {
  const { queue, reconnect } = session;
  if (queue !== null) return { kind: 'line', ...queue };
  switch (session.state) {
    case 'waiting_qr':
      return { kind: 'new_code', at: (session.qr ?? session.pairingCode).expiresAt };
    case 'reconnecting':
      if (reconnect.nextAttemptAt === null)
        return { kind: 'attempting', attempt: reconnect.attempt, of: reconnect.maxAttempts };
      return { kind: 'attempt', at: reconnect.nextAttemptAt, attempt: reconnect.attempt, of: reconnect.maxAttempts };
    case 'failed':
      return reconnect.nextAttemptAt === null
        ? { kind: 'person', how: 'decide' }
        : { kind: 'restart', at: reconnect.nextAttemptAt };
    case 'disconnected':
      // One that the phone has logged out is still wanted, and waits for a person all the same.
      return session.tags.includes('busy') ? { kind: 'progress' } : { kind: 'person', how: 'start' };
    case 'authenticating':
      return { kind: 'progress' };
    case 'ready':
      return { kind: 'nothing' };
  }
}

/** The instant that the step waits for; `null` when it waits for none. */
export function instantOf(step: NextStep): number | null {
  return 'at' in step ? Date.parse(step.at) : null;
}
