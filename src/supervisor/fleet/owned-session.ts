import type { Recurring } from '../../domain/every.ts';
import type { SessionLease } from '../../queue/session-lease.ts';
import type { SessionRunner } from '../session/session-runner.ts';

/** How a session runs here. */
type Run =
  | { readonly kind: 'none' }
  | { readonly kind: 'claiming'; readonly runner: Promise<SessionRunner | null> }
  | { readonly kind: 'running'; readonly runner: SessionRunner };

/** The session's job in the queue. Without one, another node would be given it and launch as well. */
type Job =
  /** Not needed: only a launch needs one. */
  | { readonly kind: 'none' }
  /** The session wants to launch, and waits for it. */
  | { readonly kind: 'awaited' }
  /** Given to this node, which has not yet made sure of the session. */
  | { readonly kind: 'arriving'; readonly lease: SessionLease; readonly wantsLaunch: boolean }
  | { readonly kind: 'held'; readonly lease: SessionLease }
  /** It comes back, or somebody newer has the session; where neither happens, the session is given up in time. */
  | { readonly kind: 'lost'; readonly lease: SessionLease };

export interface Owned {
  run: Run;
  job: Job;
  /** Looks whether the session still is this node's, while no job says so. */
  watch: Recurring | null;
}

export const NONE = { kind: 'none' } as const;
