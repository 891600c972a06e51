/** What a session is to be. `deleted`: unlinked, and then gone. */
export const DESIRED = ['running', 'stopped', 'deleted'] as const;
export type Desired = (typeof DESIRED)[number];

/**
 * What is asked of a session, and what has been done about it. Requests are numbered, by session, from 1 on; a number
 * of zero stands for none.
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
  /** The phone number to be linked by a code instead of a QR. */
  readonly pairWith: string | null;
  /** `logout` up to which the login has been erased. */
  readonly erased: number;
  /** The node that runs it now. */
  readonly owner: string | null;
  /** Fencing token of the last owner. */
  readonly epoch: number;
}
