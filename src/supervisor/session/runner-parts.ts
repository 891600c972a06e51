import type { SessionLimits } from '../../../machines/session.machine.ts';
import type { Clock } from '../../domain/clock.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { HeldClaim } from '../../store/ownership.ts';
import type { StoredSession } from '../../store/session-hash.ts';
import type { Pool } from '../../observability/pool.ts';
import type { Telemetry } from '../../observability/telemetry.ts';
import type { LaunchRequests } from './launch-requests.ts';
import type { CreateSessionEffects } from './session-effects.ts';

export interface RunnerLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the runners of a node work with. */
export interface RunnerParts {
  readonly clock: Clock;
  readonly limits: SessionLimits;
  /** 32 random bits: spreads the backoffs of sessions that failed together. */
  readonly createSeed: () => number;
  readonly createEffects: CreateSessionEffects;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly pool: Pool;
  readonly telemetry: Telemetry;
  readonly log: RunnerLog;
}

/** A session that this node has claimed, and who launches it. */
export interface ClaimedSession {
  readonly address: SessionAddress;
  readonly claim: HeldClaim;
  readonly launches: LaunchRequests;
  /** Throws when the lease is, or may be, over: nothing may be done in the name of the session. */
  readonly checkLease: () => void;
}
