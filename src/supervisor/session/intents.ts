import type { SessionEvent, SessionInput, SessionLimits } from '../../../machines/session.machine.ts';
import type { SessionIntent } from '../../domain/session-intent.ts';
import type { StoredSession } from '../../store/session-hash.ts';

/** What is remembered of a session, for the machine that goes on with it. */
export function machineInput(
  { session, intent, boundTo }: StoredSession,
  { limits, seed }: { readonly limits: SessionLimits; readonly seed: number },
): SessionInput {
  const account =
    session.phoneNumber === null ? null : { phoneNumber: session.phoneNumber, displayName: session.displayName };
  return {
    limits,
    seed,
    account,
    boundTo,
    pairWith: intent.pairWith,
    restarts: session.restarts,
    credentials: session.durable ? 'durable' : 'volatile',
  };
}

/**
 * Number of the last intent that counts as handled when a session is claimed. What ran elsewhere does not run here: its
 * last intent is acted upon anew, unless it is at rest as desired.
 */
export function handledOnClaim({ session, intent }: StoredSession): number {
  const isAsDesired = intent.desired !== 'running' && session.tags.includes('at_rest');
  return isAsDesired ? intent.handledSeq : Math.min(intent.handledSeq, intent.intentSeq - 1);
}

/** What there is to do about a session's intents. */
interface DueWork {
  /** What its machine is to hear, in this order. */
  readonly events: readonly SessionEvent[];
  /** Number of the last intent that is handled by it. */
  readonly handledSeq: number;
  /** Number of the logout that begins with it; `null` when none does. A deletion is one as well. */
  readonly logout: number | null;
}

/** Whether there is anything to do about it that has not been begun. */
export function isNewer(intent: SessionIntent, handledSeq: number): boolean {
  return intent.intentSeq > handledSeq || intent.logout > intent.erased;
}

/** What is to be done about the intents after number `handledSeq`. Credentials are given up before anything else. */
export function dueWork(intent: SessionIntent, handledSeq: number): DueWork {
  if (intent.logout > intent.erased || intent.desired === 'deleted') {
    const upTo = intent.desired === 'deleted' ? intent.intentSeq : intent.logout;
    return {
      events: [{ type: 'session.logout' }],
      handledSeq: Math.max(handledSeq, upTo),
      logout: intent.logout,
    };
  }
  if (intent.intentSeq <= handledSeq) return { events: [], handledSeq, logout: null };
  return { events: intentsSince(intent, handledSeq), handledSeq: intent.intentSeq, logout: null };
}

/** What was intended with a session since number `since`, as its machine hears it; a logout or a deletion apart. */
export function intentsSince(intent: SessionIntent, since: number): readonly SessionEvent[] {
  const rebind = intent.rebind > since ? [{ type: 'session.rebind' } as const] : [];
  if (intent.desired !== 'running')
    return [{ type: intent.evict > since ? 'session.evict' : 'session.stop' }, ...rebind];
  const again = intent.restart > since ? 'session.restart' : intent.reconnect > since ? 'session.reconnect' : null;
  return [
    ...(again === null ? [] : [{ type: again } as const]),
    ...(intent.pair > since && intent.pairWith !== null
      ? [{ type: 'session.pair', phoneNumber: intent.pairWith } as const]
      : []),
    { type: 'session.start' },
    // Last: after it alone, one that is at rest would be written down as done.
    ...rebind,
  ];
}
