import type { LaunchOutcome } from '../../observability/telemetry.ts';

/** What a session asks of its node. */
export interface LaunchRequests {
  requestLaunch(): void;
  withdrawLaunch(): void;
  /** The launch that was granted is over; of one that is over already nothing is heard. */
  settleLaunch(outcome: LaunchOutcome): void;
  /** `outageAfter`: how many restarts it had, where only the network was away. */
  requestVerdict(outageAfter?: number): void;
}
