import type { Message } from 'whatsapp-web.js';
import { MESSAGE_TYPES, type MessageType, type PageMessage } from '../../../domain/message.ts';

/** WhatsApp's own limit. What a page claims beyond it is not passed on. */
const LONGEST_BODY = 65_536;

/** WhatsApp's words for what we call otherwise. */
const TYPES: Readonly<Record<string, MessageType>> = { chat: 'text', ptt: 'voice', vcard: 'contact' };

/** A message of the library's as the service knows it. */
export function incomingMessage({ id, from, to, author, type, body, timestamp }: Message): PageMessage {
  const writer = author ?? from;
  return {
    id: id._serialized,
    waId: id.id,
    from,
    to,
    chatId: id.remote,
    fromMe: id.fromMe,
    type: TYPES[type] ?? MESSAGE_TYPES.find((one) => one === type) ?? 'other',
    body: body.slice(0, LONGEST_BODY),
    timestamp: new Date(timestamp * 1_000).toISOString(),
    ...(author === undefined ? {} : { author }),
    sender: {
      id: writer,
      lid: writer.endsWith('@lid') ? writer : null,
      phoneNumber: writer.endsWith('@c.us') ? (writer.split('@')[0] ?? null) : null,
    },
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
