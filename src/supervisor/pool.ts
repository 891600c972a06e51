import { createStore } from '@xstate/store';

import { SESSION_STATES, type SessionState } from '../domain/session.ts';

type StateCounts = Readonly<Record<SessionState, number>>;

export interface PoolView {
  readonly byState: StateCounts;
}

const NONE: StateCounts = { waiting_qr: 0, authenticating: 0, ready: 0, disconnected: 0, reconnecting: 0, failed: 0 };

/** This node's own view of its pool: how many of its sessions are in which state. Health and metrics read it. */
export function createPool() {
  const initial: PoolView = { byState: NONE };
  return createStore({
    context: initial,
    on: {
      /** A session of this node came (`from: null`), moved, or went (`to: null`). */
      moved: ({ byState }, { from, to }: { from: SessionState | null; to: SessionState | null }): PoolView => {
        const counts = { ...byState };
        if (from !== null) counts[from] -= 1;
        if (to !== null) counts[to] += 1;
        return { byState: counts };
      },
    },
  });
}

/** How many sessions this node runs. */
export function poolSize({ byState }: PoolView): number {
  return SESSION_STATES.reduce((sum, state) => sum + byState[state], 0);
}

export type Pool = ReturnType<typeof createPool>;
