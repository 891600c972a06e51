import type { Message } from 'whatsapp-web.js';
import type { IncomingMessage } from '../../../domain/events.ts';

/** WhatsApp's own limit. What a page claims beyond it is not passed on. */
const LONGEST_BODY = 65_536;

/** A message of the library's as the service knows it. */
export function incomingMessage({ id, from, to, author, type, body, timestamp, hasMedia }: Message): IncomingMessage {
  return {
    id: id._serialized,
    from,
    to,
    chatId: id.remote,
    type,
    body: body.slice(0, LONGEST_BODY),
    timestamp,
    hasMedia,
    ...(author === undefined ? {} : { author }),
  };
}

/**
 * Ids seen lately. A page that is wired twice tells each message twice. A `Set` keeps their order, and each session's
 * thread does without a library of its own.
 */
export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #capacity: number;

  /** @param capacity how many are remembered. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Remembers the id. False when it was known. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#capacity) break;
      this.#ids.delete(oldest);
    }
    return true;
  }
}
