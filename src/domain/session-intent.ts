/** The state that a session's user wants. `deleted`: unlinked, and then gone. */
export const DESIRED = ['running', 'stopped', 'deleted'] as const;
export type Desired = (typeof DESIRED)[number];

/**
 * The intent for a session, and how far its owner has acted upon it. Requests of one session are numbered from 1 on; 0
 * stands for none.
 */
export interface SessionIntent {
  readonly desired: Desired;
  /** Number of the last request. */
  readonly intentSeq: number;
  /** Number of the last request that its owner has acted upon. */
  readonly handledSeq: number;
  /** Numbers of the last requests of each kind that is an act rather than a level. */
  readonly restart: number;
  readonly reconnect: number;
  readonly logout: number;
  readonly pair: number;
  readonly evict: number;
  /** From here on another phone may be linked than the one before. */
  readonly rebind: number;
  /** The phone number to be linked by a code instead of a QR. */
  readonly pairWith: string | null;
  /** `logout` up to which the login has been erased. */
  readonly erased: number;
  /** The node that runs it now. */
  readonly owner: string | null;
  /** Fencing token of the last owner. */
  readonly epoch: number;
}
