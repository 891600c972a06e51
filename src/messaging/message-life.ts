import { transition } from 'xstate';

import { messageMachine, type MessageEvent } from '../../machines/message.machine.ts';
import { MESSAGE_ERRORS, type Ack, type MessageErrorCode } from '../domain/message.ts';
import type { MessageEventType } from '../domain/message-events.ts';
import type { MessageLogEntry } from '../store/scripts/append-to-message-log.ts';
import { isSettled, recordOf, type MessageStatus, type StoredMessage } from '../store/message-hash.ts';

/** Where a message goes from where it is. */
export interface MessageMove {
  readonly message: StoredMessage;
  readonly settled: boolean;
  readonly entries: readonly MessageLogEntry[];
}

const SAYS: Readonly<Record<MessageErrorCode, string>> = {
  NOT_ON_WHATSAPP: 'This number is not on WhatsApp.',
  QUOTE_NOT_FOUND: 'The message to be quoted was not found.',
  MEDIA_UNREACHABLE: 'The media could not be fetched.',
  MEDIA_TOO_LARGE: 'The media is too large.',
  MEDIA_REFUSED: 'The media was refused.',
  REFUSED: 'WhatsApp refused it.',
  RESTRICTED: 'WhatsApp restricts this account.',
  ACCOUNT_CHANGED: 'Another phone is linked than the one it was to go out from.',
  EXPIRED: 'It could not be sent in time.',
  UNVERIFIABLE: 'The browser that it was handed to is gone, and with it whether it went out.',
  NO_ACK: 'It was handed over twice, and WhatsApp’s server never said that it has it.',
};

/**
 * What the machine says of a message to which this happened; `null`: nothing. Pure. `why`: more about an error, which
 * must hold nothing of what the message says.
 */
export function moved(
  sessionId: string,
  message: StoredMessage,
  event: MessageEvent,
  { at, why }: { readonly at: number; readonly why?: string | undefined },
): MessageMove | null {
  const { status, phase, heldBy, ack, attempts, repeated, errorCode, onUnknown } = message;
  const before = messageMachine.resolveState({
    value: status === 'sending' ? { sending: phase } : status,
    context: { heldBy, ack, attempts, repeated, error: errorCode, onUnknown },
  });
  const [after] = transition(messageMachine, before, event);
  const { context, value } = after;
  if (context === before.context && after.matches(before.value)) return null;
  const next = typeof value === 'string' ? value : 'sending';
  const error = MESSAGE_ERRORS.find((code) => code === context.error) ?? null;
  const now: StoredMessage = {
    ...message,
    status: next,
    phase: typeof value === 'string' ? 'handing_over' : value.sending,
    heldBy: context.heldBy,
    ack: ackOf(context.ack),
    attempts: context.attempts,
    repeated: context.repeated,
    errorCode: error,
    errorMessage: error === null ? '' : (why ?? SAYS[error]),
    sentAt: message.sentAt ?? (isOut(next) ? at : null),
    deliveredAt: message.deliveredAt ?? (next === 'delivered' || next === 'read' ? at : null),
    readAt: message.readAt ?? (next === 'read' ? at : null),
    body: isSettled(next) ? '' : message.body,
  };
  return { message: now, settled: isSettled(next), entries: entriesOf(sessionId, message, now) };
}

function ackOf(ack: number | null): Ack | null {
  return ([-1, 0, 1, 2, 3, 4] as const).find((one) => one === ack) ?? null;
}

function isOut(status: MessageStatus): boolean {
  return status === 'sent' || status === 'delivered' || status === 'read';
}

const TOLD: Readonly<Partial<Record<MessageStatus, MessageEventType>>> = {
  failed: 'message.failed',
  unknown: 'message.unknown',
  expired: 'message.expired',
  cancelled: 'message.cancelled',
};

/** What of it is told. Nobody's words are in it. */
function entriesOf(sessionId: string, before: StoredMessage, after: StoredMessage): readonly MessageLogEntry[] {
  const entry = (type: MessageEventType, more: object = {}): MessageLogEntry => ({
    type,
    ref: after.id,
    plain: JSON.stringify({ message: recordOf(sessionId, after), ...more }),
  });
  const entries: MessageLogEntry[] = [];
  // What is done to a message that is there has no acknowledgements of its own.
  if (after.kind === 'message') {
    if (isOut(after.status) && !isOut(before.status)) entries.push(entry('message.sent', { ack: 1 }));
    if (isOut(after.status) && (after.ack ?? 0) > Math.max(1, before.ack ?? 0))
      entries.push(entry('message.ack', { ack: after.ack }));
  }
  const told = TOLD[after.status];
  const isNews = after.status !== before.status || (after.status === 'unknown' && after.errorCode !== before.errorCode);
  if (told !== undefined && isNews) entries.push(entry(told));
  return entries;
}
