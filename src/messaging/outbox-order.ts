import type { StoredMessage } from '../store/message-hash.ts';

/** What is to be done with an outbox next. */
export interface NextTurn {
  /** The message whose turn it is; `null`: none. */
  readonly next: StoredMessage | null;
  /** Those that wait for an unknown one before them in their chat. */
  readonly heldByChat: readonly StoredMessage[];
  /** When there may be something to do without anybody's doing (ms since 1970). */
  readonly until: number;
}

interface Now {
  readonly at: number;
  /** Messages that were put off, and until when (ms since 1970). */
  readonly putOff: ReadonlyMap<string, number>;
  /** Messages that lay in the list of a page that is gone, and are not acknowledged yet. */
  readonly left: ReadonlySet<string>;
}

/** Ids to be looked up, and in which chats. */
export function whereToFind(messages: readonly Pick<StoredMessage, 'waId' | 'chatId'>[]): {
  readonly waIds: readonly string[];
  readonly chats: Readonly<Record<string, string>>;
} {
  return {
    waIds: messages.map(({ waId }) => waId),
    chats: Object.fromEntries(messages.map(({ waId, chatId }) => [waId, chatId])),
  };
}

/**
 * Whose turn it is: the first that is due, but that in one chat they go out in the order in which they were taken, and
 * not past one of which nobody knows whether it went out, or which an earlier page had taken and not posted. One with a
 * time of its own holds nobody up before its time.
 */
export function nextTurn(open: readonly StoredMessage[], { at, putOff, left }: Now): NextTurn {
  const blocked = new Map<string, 'unknown' | 'waiting'>();
  const heldByChat: StoredMessage[] = [];
  let next: StoredMessage | null = null;
  let until = Number.POSITIVE_INFINITY;
  for (const message of open) {
    const { chatId, status, sendAt, expiresAt, id } = message;
    if (status === 'unknown') blocked.set(chatId, 'unknown');
    if (status === 'sending' && left.has(id)) blocked.set(chatId, 'waiting');
    if (status !== 'queued') continue;
    until = Math.min(until, expiresAt);
    if (sendAt !== null && sendAt > at) {
      until = Math.min(until, sendAt);
      continue;
    }
    const block = blocked.get(chatId);
    if (block === 'unknown') heldByChat.push(message);
    if (block !== undefined) continue;
    const later = putOff.get(id) ?? 0;
    if (later > at) {
      blocked.set(chatId, 'waiting');
      until = Math.min(until, later);
      continue;
    }
    next ??= message;
  }
  return { next, heldByChat, until };
}
