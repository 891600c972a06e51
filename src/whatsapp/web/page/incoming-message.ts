import { MESSAGE_TYPES, type MessageType, type PageMessage } from '../../../domain/message.ts';
import { partsOf, type Reading } from './reading.ts';

/** WhatsApp's own limit. What a page claims beyond it is not passed on. */
const LONGEST_BODY = 65_536;
/** WhatsApp's words for what we call otherwise. */
const TYPES: Readonly<Record<string, MessageType>> = { chat: 'text', ptt: 'voice', vcard: 'contact' };

/** A message of the library's, as far as it is what its declarations say: WhatsApp's page decides that, not they. */
export type ToldMessage = Partial<Record<'id' | 'from' | 'to' | 'author' | 'type' | 'body' | 'timestamp', unknown>>;

/** A message of the library's as the service knows it. */
export function readMessage(told: ToldMessage): Reading<PageMessage> {
  const id = keyOf(told.id);
  const chatId = idOf(partsOf(told.id)['remote']);
  const [from, to, author] = [idOf(told.from), idOf(told.to), idOf(told.author)];
  const { id: waId, fromMe } = partsOf(told.id);
  const { type, body, timestamp } = told;
  if (
    id === null ||
    typeof waId !== 'string' ||
    chatId === null ||
    from === null ||
    to === null ||
    typeof type !== 'string' ||
    typeof body !== 'string' ||
    typeof timestamp !== 'number' ||
    !Number.isFinite(timestamp)
  ) {
    const fits = {
      id: id !== null,
      chat: chatId !== null,
      from: from !== null,
      to: to !== null,
      type: typeof type === 'string',
      body: typeof body === 'string',
      timestamp: Number.isFinite(timestamp),
    };
    const missing = Object.entries(fits).filter(([, isThere]) => !isThere);
    return { kind: 'unreadable', why: `a message without ${missing.map(([name]) => name).join(', ')}` };
  }
  const writer = author ?? from;
  const message: PageMessage = {
    id,
    waId,
    from,
    to,
    chatId,
    fromMe: fromMe === true,
    type: TYPES[type] ?? MESSAGE_TYPES.find((one) => one === type) ?? 'other',
    body: body.slice(0, LONGEST_BODY),
    timestamp: new Date(timestamp * 1_000).toISOString(),
    ...(author === null ? {} : { author }),
    sender: {
      id: writer,
      lid: writer.endsWith('@lid') ? writer : null,
      phoneNumber: writer.endsWith('@c.us') ? (writer.split('@')[0] ?? null) : null,
    },
  };
  return { kind: 'read', value: message };
}

/**
 * A key as one text, made of its own parts: WhatsApp's page renames what it serialises it to (`_serialized` was `$1`
 * from July 2026 on).
 */
function keyOf(key: unknown): string | null {
  const { fromMe, remote, id, participant } = partsOf(key);
  const chatId = idOf(remote);
  if (typeof fromMe !== 'boolean' || chatId === null || typeof id !== 'string' || id === '') return null;
  const sender = idOf(participant);
  return `${fromMe}_${chatId}_${id}${sender === null ? '' : `_${sender}`}`;
}

/** The id of a chat or a person: a text, or an object that has it as one. */
function idOf(id: unknown): string | null {
  const text: unknown = typeof id === 'object' && id !== null && '_serialized' in id ? id._serialized : id;
  return typeof text === 'string' && text !== '' ? text : null;
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
