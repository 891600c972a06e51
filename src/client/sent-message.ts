import type { ClientEvent, EventType } from './client-events.ts';
import type { EventOptions } from './event-subscription.ts';
import type { MessageRecord } from './message-types.ts';
import type { AwaitedStatus, MessageAt } from './outgoing-types.ts';
import type { WaitOptions } from './session-verbs.ts';

/** A message as it was taken, and a way to hear what becomes of it. */
export type SentMessage = MessageRecord & {
  /**
   * Resolves with the message once it is so far, at once if it is: one that was delivered was sent as well. Goes on over
   * reconnects. Rejects with a {@link MessageEndedError} when it ends otherwise, a {@link MessageTimeoutError}, or the
   * signal's reason. One that is `unknown` may still be found: it is waited for, unless it is `unknown` that is wanted.
   */
  until<Wanted extends AwaitedStatus>(
    wanted: Wanted | readonly Wanted[],
    options?: WaitOptions,
  ): Promise<MessageAt<Wanted>>;
};

/** The message ended otherwise than was waited for. */
export class MessageEndedError extends Error {
  override readonly name = 'MessageEndedError';
  readonly record: MessageRecord;
  constructor(record: MessageRecord) {
    super(`Message ${record.id} is ${record.status}${record.error === null ? '' : `: ${record.error.message}`}`);
    this.record = record;
  }
}

/** The message did not come so far in time. `record` is how it stood then. */
export class MessageTimeoutError extends Error {
  override readonly name = 'MessageTimeoutError';
  readonly record: MessageRecord;
  constructor(wanted: readonly AwaitedStatus[], timeoutMs: number, record: MessageRecord) {
    super(`Message ${record.id} was not ${wanted.join(' or ')} within ${timeoutMs} ms: it is ${record.status}.`);
    this.record = record;
  }
}

interface Watched {
  readonly get: (signal: AbortSignal) => Promise<MessageRecord>;
  readonly events: (options: EventOptions) => AsyncGenerator<ClientEvent, void, undefined>;
}

const TYPES: readonly EventType[] = [
  'message.sent',
  'message.ack',
  'message.failed',
  'message.unknown',
  'message.expired',
  'message.cancelled',
];
const FORWARD: readonly string[] = ['sent', 'delivered', 'read'];
const ENDS: ReadonlySet<string> = new Set(['failed', 'expired', 'cancelled']);

/** Of a message as it stands, what becomes of it. */
export function sentMessage(record: MessageRecord, watched: Watched): SentMessage {
  const until = async <Wanted extends AwaitedStatus>(
    asked: Wanted | readonly Wanted[],
    { signal, timeoutMs }: WaitOptions = {},
  ): Promise<MessageAt<Wanted>> => {
    const wanted: readonly Wanted[] = typeof asked === 'string' ? [asked] : asked;
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
    signal?.addEventListener('abort', end);
    let last = record;
    try {
      signal?.throwIfAborted();
      if (!isDecided(last, wanted)) {
        for await (const now of changes(last, watched, ending.signal)) {
          last = now;
          if (isDecided(last, wanted)) break;
        }
      }
      if (isAt(last, wanted)) return last as MessageAt<Wanted>; // its status is one of the wanted, or behind it
      if (ENDS.has(last.status)) throw new MessageEndedError(last);
      signal?.throwIfAborted();
      throw new MessageTimeoutError(wanted, timeoutMs ?? 0, last);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      end();
    }
  };
  return { ...record, until };
}

/** The message each time that something is told of it, and as it is whenever something may have been missed. */
async function* changes(
  { id }: MessageRecord,
  { get, events }: Watched,
  signal: AbortSignal,
): AsyncGenerator<MessageRecord, void, undefined> {
  // The stream begins with what happens from then on: before anything of it is read, the message is looked at once.
  const stream = events({ signal, types: [...TYPES, 'session.snapshot'] });
  for await (const event of stream) {
    if (event.type === 'gap' || (event.type === 'session.snapshot' && event.event === null)) yield await get(signal);
    else if ('message' in event && event.message.id === id && 'status' in event.message) yield event.message;
  }
}

function isAt({ status }: MessageRecord, wanted: readonly AwaitedStatus[]): boolean {
  return wanted.some(
    (one) => one === status || (FORWARD.includes(one) && FORWARD.indexOf(status) > FORWARD.indexOf(one)),
  );
}

function isDecided(record: MessageRecord, wanted: readonly AwaitedStatus[]): boolean {
  return isAt(record, wanted) || ENDS.has(record.status);
}
