import type { MessageHold, StoredMessage } from '../store/message-hash.ts';

/** What of outboxes is counted, without whose they are. Must not throw. */
export interface OutboxCounts {
  readonly moved: (before: StoredMessage, after: StoredMessage) => void;
  /** How long a step of a hand-over took. */
  readonly step: (step: 'prepare' | 'send' | 'ack', ms: number) => void;
  readonly held: (before: MessageHold | null, after: MessageHold | null) => void;
}
