import {
  envelopeOf,
  isPlain,
  messageEnvelope,
  type EventEnvelope,
  type MessageEnvelope,
} from '../domain/event-envelope.ts';
import { StoreUnavailableError } from '../domain/errors.ts';
import type { FeedEvent } from '../domain/events.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { LoggedEvent, MessageLog } from '../store/message-log.ts';
import type { SealedBodies } from './sealed-bodies.ts';

interface EventPayloadsOptions {
  readonly log: MessageLog;
  readonly bodies: SealedBodies;
  /** Something that is there cannot be opened. Says nothing of what it holds. */
  readonly onError: (error: unknown) => void;
}

/**
 * Gives events their words, at the moment in which they are delivered: the streams carry pointers, the sessions' logs
 * what they point at, sealed.
 */
export class EventPayloads {
  readonly #options: EventPayloadsOptions;

  constructor(options: EventPayloadsOptions) {
    this.#options = options;
  }

  /** `gone`: the log keeps it no more, or cannot be opened. Throws {@link StoreUnavailableError}. */
  async payloadOf(event: FeedEvent): Promise<EventEnvelope | 'gone'> {
    if (isPlain(event)) return envelopeOf(event);
    const address = { userId: event.userId, id: event.sessionId };
    const logged = await this.#options.log.find(address, event.logPosition);
    return logged === null ? 'gone' : this.open(address, logged);
  }

  /** The envelope of an entry of a session's log; `gone`: its key was destroyed, or does not open it. */
  async open(address: SessionAddress, { type, content }: LoggedEvent): Promise<MessageEnvelope | 'gone'> {
    try {
      if (content.kind === 'plain') return messageEnvelope(type, address, JSON.parse(content.json));
      const opened = await this.#options.bodies.open(address, content.ref, content.bytes);
      return opened === null ? 'gone' : messageEnvelope(type, address, JSON.parse(opened.toString()));
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      this.#options.onError(error);
      return 'gone';
    }
  }
}
