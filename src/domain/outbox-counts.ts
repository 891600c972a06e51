import type { MessageRecord } from './message-record.ts';

type Counted = Pick<MessageRecord, 'status' | 'type'>;

/** What of outboxes is counted, without whose they are. Must not throw. */
export interface OutboxCounts {
  readonly moved: (before: Counted, after: Counted) => void;
  /** How long a step of a hand-over took. */
  readonly step: (step: 'prepare' | 'send' | 'ack', ms: number) => void;
  /** What holds an outbox as a whole has changed. */
  readonly held: (before: MessageRecord['heldBy'], after: MessageRecord['heldBy']) => void;
}
