import { createStore } from '@xstate/store';

import type { BreakerState, Pressure, SupervisorState } from '../domain/node-states.ts';
import { SESSION_STATES, type SessionState } from '../domain/session.ts';

export type StateCounts = Readonly<Record<SessionState, number>>;

export interface PoolView {
  readonly byState: StateCounts;
  /** Sessions of this node that wait for a launch slot. */
  readonly waiting: number;
  /** Browsers that are coming up. */
  readonly launching: number;
  readonly supervisor: SupervisorState;
  readonly breaker: BreakerState;
  readonly pressure: Pressure;
}

const NONE: StateCounts = { waiting_qr: 0, authenticating: 0, ready: 0, disconnected: 0, reconnecting: 0, failed: 0 };

/**
 * This node's own view of its pool: its sessions by state, and whether it may launch more. Health, metrics and the
 * fleet's record read it.
 */
export function createPool() {
  const initial: PoolView = {
    byState: NONE,
    waiting: 0,
    launching: 0,
    supervisor: 'restoring',
    breaker: 'closed',
    pressure: 'normal',
  };
  return createStore({
    context: initial,
    on: {
      /** A session of this node came (`from: null`), moved, or went (`to: null`). */
      moved: (view, { from, to }: { from: SessionState | null; to: SessionState | null }): PoolView => {
        const byState = { ...view.byState };
        if (from !== null) byState[from] -= 1;
        if (to !== null) byState[to] += 1;
        return { ...view, byState };
      },
      launches: (view, { waiting, launching }: { waiting: number; launching: number }): PoolView => ({
        ...view,
        waiting,
        launching,
      }),
      supervisor: (view, { state }: { state: SupervisorState }): PoolView =>
        view.supervisor === state ? view : { ...view, supervisor: state },
      breaker: (view, { state }: { state: BreakerState }): PoolView => ({ ...view, breaker: state }),
      pressure: (view, { level }: { level: Pressure }): PoolView => ({ ...view, pressure: level }),
    },
  });
}

/** How many sessions this node runs. */
export function poolSize({ byState }: PoolView): number {
  return SESSION_STATES.reduce((sum, state) => sum + byState[state], 0);
}

export type Pool = ReturnType<typeof createPool>;
