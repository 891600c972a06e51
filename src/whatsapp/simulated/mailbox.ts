import type { PageMessage } from '../../domain/message.ts';
import type { SimulatedMessage } from '../../domain/simulated-message.ts';
import type { Account } from '../device.ts';
import { pageMessageOf, type MessageInTransit } from './message.ts';

/** Messages that a page's list holds. */
const LISTED = 10_000;

/** A message of the page's list, and whether it is told twice. */
export interface Delivered {
  readonly message: PageMessage;
  readonly isDuplicate: boolean;
}

/** A message of the page's list, and how it was sent. */
export interface ListedMessage {
  readonly message: PageMessage;
  readonly event: SimulatedMessage;
}

/** What WhatsApp keeps for a linked device while it is away, and what the device has had. Outlives browsers. */
export class SimulatedMailbox {
  #waiting: MessageInTransit[] = [];
  readonly #list = new Map<string, ListedMessage>();

  receive(message: MessageInTransit): void {
    this.#waiting.push(message);
  }

  /** Delivers what waits; without `all` only what does not wait for a new connection. */
  deliver(account: Account, all: boolean): readonly Delivered[] {
    const due = this.#waiting.filter(({ event }) => all || event.backlog !== true);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    return due.map((one) => {
      const message = pageMessageOf(account, one);
      this.#list.set(message.id, { message, event: one.event });
      const [oldest] = this.#list.keys();
      if (this.#list.size > LISTED && oldest !== undefined) this.#list.delete(oldest);
      return { message, isDuplicate: one.event.duplicate === true };
    });
  }

  /** By its whole id, or by its id at WhatsApp alone. */
  knows(id: string): boolean {
    return this.#list.has(id) || [...this.#list.values()].some(({ message }) => message.waId === id);
  }

  /** Those that are not older than `since` (ms since 1970), oldest first. */
  recent(since: number, limit: number): readonly PageMessage[] {
    return [...this.#list.values()]
      .map(({ message }) => message)
      .filter(({ timestamp }) => Date.parse(timestamp) >= since)
      .toSorted((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp))
      .slice(0, limit);
  }

  /** By its `id` or its `waId`. */
  find(messageId: string): ListedMessage | null {
    for (const entry of this.#list.values())
      if (entry.message.id === messageId || entry.message.waId === messageId) return entry;
    return null;
  }

  get messages(): readonly PageMessage[] {
    return [...this.#list.values()].map(({ message }) => message);
  }
}
