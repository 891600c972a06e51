import type { SessionEvent, SessionInput, SessionLimits } from '../../../machines/session.machine.ts';
import type { StoredSession, Wanted } from '../../store/session-hash.ts';

/** What is remembered of a session, for the machine that goes on with it. */
export function machineInput(
  { session, wanted }: StoredSession,
  { limits, seed }: { readonly limits: SessionLimits; readonly seed: number },
): SessionInput {
  const account =
    session.phoneNumber === null ? null : { phoneNumber: session.phoneNumber, displayName: session.displayName };
  return {
    limits,
    seed,
    account,
    pairWith: wanted.pairWith,
    restarts: session.restarts,
    credentials: session.durable ? 'durable' : 'volatile',
  };
}

/**
 * Number of the last request that counts as acted upon when a session is claimed. What ran elsewhere does not run here:
 * its last request is acted upon anew, unless it is at rest as wanted.
 */
export function handledOnClaim({ session, wanted }: StoredSession): number {
  const isAsWanted = wanted.desired !== 'running' && session.tags.includes('at_rest');
  return isAsWanted ? wanted.handled : Math.min(wanted.handled, wanted.seq - 1);
}

/** What was asked of a session since request number `since`, as its machine is told; a logout or a deletion apart. */
export function intentsSince(wanted: Wanted, since: number): readonly SessionEvent[] {
  if (wanted.desired !== 'running') return [{ type: wanted.evict > since ? 'session.evict' : 'session.stop' }];
  const again = wanted.restart > since ? 'session.restart' : wanted.reconnect > since ? 'session.reconnect' : null;
  return [
    ...(again === null ? [] : [{ type: again } as const]),
    ...(wanted.pair > since && wanted.pairWith !== null
      ? [{ type: 'session.pair', phoneNumber: wanted.pairWith } as const]
      : []),
    { type: 'session.start' },
  ];
}
