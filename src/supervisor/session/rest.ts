import type { SessionSnapshot } from './session-actor.ts';

/** Where a machine stands that has no browser, and opens none by itself. `null` while it has one or is about to. */
export type Rest =
  /** As its intent has it, or failed for good. */
  | 'at_rest'
  /** It would go on, but not on this node. */
  | 'drained';

export function restOf(snapshot: SessionSnapshot, isDraining: boolean): Rest | null {
  if (isDraining && wasHeldBack(snapshot)) return 'drained';
  return snapshot.hasTag('at_rest') ? 'at_rest' : null;
}

/** Its login is being unlinked and destroyed: nothing else is begun before that has ended. */
export function isGivingUpLogin(snapshot: SessionSnapshot): boolean {
  return snapshot.matches({ disconnected: 'logging_out' }) || snapshot.matches({ failed: 'refusing' });
}

/** WhatsApp could not be told that its login is given up. */
export function isStillListed({ context }: SessionSnapshot): boolean {
  return context.fault?.code === 'STILL_LISTED';
}

/** It waits for a launch or for its restart, which a node that drains does not give it. */
function wasHeldBack(snapshot: SessionSnapshot): boolean {
  if (snapshot.matches({ disconnected: 'queued' })) return true;
  if (snapshot.matches({ disconnected: { logging_out: { reaching: 'queued' } } })) return true;
  return snapshot.matches('failed') && !snapshot.matches({ failed: 'closing' }) && !isGivingUpLogin(snapshot);
}
