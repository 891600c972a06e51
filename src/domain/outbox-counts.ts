import type { MessageRecord } from './message-record.ts';

type Counted = Pick<MessageRecord, 'status' | 'type'>;

/** What waits to be sent, in the whole fleet. */
export interface OutboxFigures {
  /** Messages that are not settled: those whose time has not come as well. */
  readonly depth: number;
  /** Age of the oldest one that might be out by now; 0: there is none. */
  readonly oldestMs: number;
}

/** What of outboxes is counted, without whose they are. Must not throw. */
export interface OutboxCounts {
  readonly moved: (before: Counted, after: Counted) => void;
  /** How long a step of a hand-over took. */
  readonly step: (step: 'prepare' | 'send' | 'ack', ms: number) => void;
  /** What holds an outbox as a whole has changed. */
  readonly held: (before: MessageRecord['heldBy'], after: MessageRecord['heldBy']) => void;
}
