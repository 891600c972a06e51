import type { CrashRecovery } from './crash-recovery.ts';

/** How far a run is. `logout` is the number of the one under way, `null` when none is; a deletion is one as well. */
export type RunPhase =
  | { readonly kind: 'active'; readonly logout: number | null }
  /** Gets no new browser here: what is desired is left to the next owner. */
  | { readonly kind: 'draining'; readonly logout: number | null }
  /** A bug ended its machine. `endsAs` is how the run ends, when the wait for its restart is over. */
  | { readonly kind: 'crashed'; readonly recovery: CrashRecovery; readonly endsAs: 'anew' | 'drained' }
  | { readonly kind: 'ended' };

/**
 * How a run ended. `released`: at rest as desired. `removed`: deleted. `drained`: still to run, on another node or after
 * the next start. `given_up`: the same, because its lease could not be renewed. `superseded`: a newer owner has it, or
 * the record is gone. `anew`: it is to be taken up again by a
 * new claim, since a bug ended its machine, or since its credentials were given up while there was a newer intent: no
 * seal of an epoch that forgot credentials is ever taken.
 */
export type Outcome = 'released' | 'removed' | 'drained' | 'given_up' | 'superseded' | 'anew';

/** Whether there is a machine that moves. */
export function hasMachine({ kind }: RunPhase): boolean {
  return kind === 'active' || kind === 'draining';
}

export function isDraining(phase: RunPhase): boolean {
  return phase.kind === 'draining' || (phase.kind === 'crashed' && phase.endsAs === 'drained');
}

/** Number of the logout under way. */
export function logoutOf(phase: RunPhase): number | null {
  return phase.kind === 'active' || phase.kind === 'draining' ? phase.logout : null;
}
