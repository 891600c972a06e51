import { ApiError } from './api-error.ts';
import type { ClientEvent } from './client-events.ts';
import type { EventOptions } from './event-subscription.ts';
import type { MessageRecord, MessageStatus } from './message-types.ts';
import type { OutgoingMessage } from './outgoing-types.ts';
import type { Call, Requester } from './requester.ts';
import { sentMessage, type SentMessage } from './sent-message.ts';
import type { Page } from './session-types.ts';
import type { Cancelable, IncomingMessage, MessagesOptions, PageOptions } from './session-verbs.ts';
import { backoffMs, pause, type Timing } from './timing.ts';

export interface SendOptions extends Cancelable {
  /** The same key with the same message is the same message, for a day. @defaultValue one of its own for each call */
  readonly idempotencyKey?: string | undefined;
  /** How long to try again where no answer comes, or the service cannot take it now (ms). @defaultValue 30000 */
  readonly patienceMs?: number | undefined;
}
export interface SentOptions extends PageOptions {
  readonly status?: MessageStatus | undefined;
  readonly chatId?: string | undefined;
}

/**
 * The messages of a session. A message is named by `id` or `waId`. Each call may reject with an `ApiError`. Those that
 * send are tried again under the same key when no answer comes, so that the message is taken once.
 */
export interface SessionMessages {
  /** Those that come in, each once, from now on or from behind `lastEventId`, until the signal. */
  (options?: MessagesOptions): AsyncGenerator<IncomingMessage, void, undefined>;
  /** Resolves once the service has written it down; it goes out as soon as it may. */
  send(message: OutgoingMessage, options?: SendOptions): Promise<SentMessage>;
  get(id: string, options?: Cancelable): Promise<SentMessage>;
  /** Ours, newest first. */
  list(options?: SentOptions): Promise<Page<MessageRecord>>;
  /** Takes a queued one back. Rejects with `ALREADY_SENDING` when it is too late. */
  cancel(id: string, options?: Cancelable): Promise<MessageRecord>;
  /** Says what became of an `unknown` one. Rejects with `NOT_UNKNOWN`. */
  resolve(id: string, as: 'sent' | 'failed' | 'resend', options?: Cancelable): Promise<MessageRecord>;
  /** Through the outbox, in its chat's order, as are the next three: what resolves is its place there. */
  edit(id: string, text: string, options?: SendOptions): Promise<SentMessage>;
  react(id: string, emoji: string, options?: SendOptions): Promise<SentMessage>;
  takeReactionBack(id: string, options?: SendOptions): Promise<SentMessage>;
  /** For everybody, or not at all: `NOT_REVOCABLE`. */
  revoke(id: string, options?: SendOptions): Promise<SentMessage>;
  /**
   * The file of a message that came in. `null`: the phone sends it again, ask once more after a while. Rejects with
   * `MEDIA_EXPIRED`.
   */
  media(id: string, options?: Cancelable): Promise<Response | null>;
}

const PATIENCE_MS = 30_000;

/** @param events of the session. */
export function messagesOf(
  path: string,
  requester: Requester,
  timing: Timing,
  events: (options: EventOptions) => AsyncGenerator<ClientEvent, void, undefined>,
): SessionMessages {
  const at = (id: string): string => `${path}/${encodeURIComponent(id)}`;
  // The service's answers are taken at their word: its own document and types are made from one schema.
  const ask = async <Answer>(where: string, call: Call): Promise<Answer> =>
    (await requester.send(where, call)).json() as Promise<Answer>;
  const get = (id: string, signal?: AbortSignal): Promise<MessageRecord> => ask(at(id), { signal });
  const followed = (record: MessageRecord): SentMessage =>
    sentMessage(record, { get: (signal) => get(record.id, signal), events });

  const take = async (
    where: string,
    call: Call,
    { idempotencyKey = crypto.randomUUID(), patienceMs = PATIENCE_MS, signal }: SendOptions = {},
  ): Promise<SentMessage> => {
    const giveUpAt = timing.now() + patienceMs;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const headers = { 'idempotency-key': idempotencyKey };
        return followed(await ask(where, { ...call, headers, signal }));
      } catch (error) {
        const askedMs = retryAfterMs(error);
        const waitMs = askedMs === null ? Infinity : Math.max(askedMs, backoffMs(attempt, timing));
        if (signal?.aborted === true || timing.now() + waitMs > giveUpAt) throw error;
        await pause(waitMs, ...(signal === undefined ? [] : [signal]));
      }
    }
  };

  async function* incoming({ onGap, ...options }: MessagesOptions = {}): AsyncGenerator<IncomingMessage, void> {
    for await (const event of events({ ...options, types: ['message.received'] })) {
      if (event.type === 'gap') onGap?.(event.lastEventId);
      if (event.type === 'message.received') yield { ...event.message, position: event.position };
    }
  }

  return Object.assign(incoming, {
    send: (message: OutgoingMessage, options?: SendOptions) => take(path, { method: 'POST', json: message }, options),
    get: async (id: string, { signal }: Cancelable = {}) => followed(await get(id, signal)),
    list: ({ signal, ...query }: SentOptions = {}) => ask<Page<MessageRecord>>(path, { query: { ...query }, signal }),
    cancel: (id: string, { signal }: Cancelable = {}) => ask<MessageRecord>(at(id), { method: 'DELETE', signal }),
    resolve: (id: string, as: string, { signal }: Cancelable = {}) =>
      ask<MessageRecord>(`${at(id)}/resolve`, { method: 'POST', json: { as }, signal }),
    edit: (id: string, text: string, options?: SendOptions) =>
      take(at(id), { method: 'PATCH', json: { text } }, options),
    react: (id: string, emoji: string, options?: SendOptions) =>
      take(`${at(id)}/reaction`, { method: 'PUT', json: { emoji } }, options),
    takeReactionBack: (id: string, options?: SendOptions) => take(`${at(id)}/reaction`, { method: 'DELETE' }, options),
    revoke: (id: string, options?: SendOptions) => take(`${at(id)}/revoke`, { method: 'POST' }, options),
    media: async (id: string, { signal }: Cancelable = {}) => {
      const answer = await requester.send(`${at(id)}/media`, { signal });
      if (answer.status !== 202) return answer;
      await answer.body?.cancel();
      return null;
    },
  });
}

/** How long the service asks to wait, where trying again helps (ms); `null` where it does not. */
function retryAfterMs(error: unknown): number | null {
  if (error instanceof ApiError) return error.status === 503 ? (error.retryAfter ?? 0) * 1_000 : null;
  // What `fetch` throws when there is no connection, or it breaks.
  return error instanceof TypeError ? 0 : null;
}
