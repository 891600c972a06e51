import type { SessionEvent, SessionInput, SessionLimits } from '../../../machines/session.machine.ts';
import type { SessionIntent } from '../../domain/session-intent.ts';
import type { StoredSession } from '../../store/session-hash.ts';

/** What is remembered of a session, for the machine that goes on with it. */
export function machineInput(
  { session, intent }: StoredSession,
  { limits, seed }: { readonly limits: SessionLimits; readonly seed: number },
): SessionInput {
  const account =
    session.phoneNumber === null ? null : { phoneNumber: session.phoneNumber, displayName: session.displayName };
  return {
    limits,
    seed,
    account,
    pairWith: intent.pairWith,
    restarts: session.restarts,
    credentials: session.durable ? 'durable' : 'volatile',
  };
}

/**
 * Number of the last request that counts as acted upon when a session is claimed. What ran elsewhere does not run here:
 * its last request is acted upon anew, unless it is at rest as wanted.
 */
export function handledOnClaim({ session, intent }: StoredSession): number {
  const isAsWanted = intent.desired !== 'running' && session.tags.includes('at_rest');
  return isAsWanted ? intent.handledSeq : Math.min(intent.handledSeq, intent.intentSeq - 1);
}

/** What was asked of a session since request number `since`, as its machine is told; a logout or a deletion apart. */
export function intentsSince(intent: SessionIntent, since: number): readonly SessionEvent[] {
  if (intent.desired !== 'running') return [{ type: intent.evict > since ? 'session.evict' : 'session.stop' }];
  const again = intent.restart > since ? 'session.restart' : intent.reconnect > since ? 'session.reconnect' : null;
  return [
    ...(again === null ? [] : [{ type: again } as const]),
    ...(intent.pair > since && intent.pairWith !== null
      ? [{ type: 'session.pair', phoneNumber: intent.pairWith } as const]
      : []),
    { type: 'session.start' },
  ];
}
