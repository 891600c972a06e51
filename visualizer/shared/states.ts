import type { SessionState } from '../../src/client/index.ts';

const ORDER: Readonly<Record<SessionState, number>> = {
  ready: 0,
  waiting_qr: 1,
  authenticating: 2,
  reconnecting: 3,
  failed: 4,
  disconnected: 5,
};

/** All six, in the order in which the pages show them. */
export const STATES: readonly SessionState[] = (Object.keys(ORDER) as SessionState[]).sort(
  (a, b) => ORDER[a] - ORDER[b],
); // Object.keys forgets the names it was given
