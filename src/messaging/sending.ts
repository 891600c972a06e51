import { createHash } from 'node:crypto';

import type { MessageEvent } from '../../machines/message.machine.ts';
import {
  AlreadySendingError,
  MessageNotFoundError,
  NotRevocableError,
  NotUnknownError,
} from '../domain/message-errors.ts';
import type { MessageType } from '../domain/message.ts';
import type { MessageRecord } from '../domain/message-record.ts';
import type { Pacing } from '../domain/pacing.ts';
import { sessionKey, type Session, type SessionAddress } from '../domain/session.ts';
import { MESSAGE_HOLDS } from '../domain/message-record.ts';
import { recordOf, type MessageKind, type StoredMessage } from '../store/message-hash.ts';
import type { MessageStore } from '../store/message-store.ts';
import type { MessageRetention } from '../store/scripts/append-to-message-log.ts';
import { changeByAnybody } from './change-by-anybody.ts';
import { packBody, type BodyContent, type OutgoingBody } from './outgoing-body.ts';
import type { SealedBodies } from './sealed-bodies.ts';
import { messageIdOf, randomWaId, waIdForKey } from './whatsapp-id.ts';

interface SendingOptions {
  readonly store: MessageStore;
  readonly bodies: SealedBodies;
  /** Throws `SessionNotFoundError`. */
  readonly sessionOf: (address: SessionAddress) => Promise<Session>;
  /** The time of the sessions (ms since 1970). */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
  /** From which ids follow that an Idempotency-Key stands for. */
  readonly secret: Uint8Array;
  readonly retention: MessageRetention;
}

/** What is asked for. Times are milliseconds since 1970. */
export interface Asked {
  readonly to: string;
  readonly content: BodyContent;
  readonly type: MessageType;
  readonly sendAt: number | null;
  readonly expiresAt: number | null;
  readonly onUnknown: 'hold' | 'resend';
}

/** What is asked to be done to a message that is there. */
export type AskedAction =
  | { readonly kind: 'edit'; readonly text: string }
  | { readonly kind: 'react'; readonly emoji: string }
  | { readonly kind: 'revoke' };

export interface Taken {
  readonly message: MessageRecord;
  readonly replayed: boolean;
}

const EXPIRES_AFTER_MS = 86_400_000;
/** Tries to change a message that others change as well. */
const TRIES = 5;

/** Takes what callers want sent, and tells and changes what becomes of it. Whoever owns a session does the sending. */
export class Sending {
  readonly #options: SendingOptions;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  /** Throws `SessionNotFoundError`, `OutboxFullError`, `IdempotencyMismatchError`. */
  send(address: SessionAddress, asked: Asked, idempotencyKey: string | null): Promise<Taken> {
    const { to, content, type, sendAt, expiresAt, onUnknown } = asked;
    const body: OutgoingBody = { kind: 'message', content };
    return this.#take(
      address,
      { to, chatId: chatOf(to), kind: 'message', type, body, sendAt, expiresAt, onUnknown },
      idempotencyKey,
    );
  }

  /** Throws as `send` does, and {@link MessageNotFoundError}, {@link NotRevocableError}. */
  async act(
    address: SessionAddress,
    messageId: string,
    action: AskedAction,
    idempotencyKey: string | null,
  ): Promise<Taken> {
    const ours = await this.#options.store.find(address, messageId);
    const chatId = ours?.chatId ?? /^(?:true|false)_([^_]+)_/.exec(messageId)?.[1];
    if (chatId === undefined) throw new MessageNotFoundError();
    if (action.kind === 'revoke') {
      if (messageId.startsWith('false_')) throw new NotRevocableError('somebody else wrote it');
      if (ours !== null && !['sent', 'delivered', 'read'].includes(ours.status))
        throw new NotRevocableError(`it is ${ours.status}`);
    }
    const target = ours?.waId ?? messageId;
    const asked = {
      to: chatId,
      chatId,
      kind: action.kind,
      type: 'other',
      body: { ...action, messageId: target },
      sendAt: null,
      expiresAt: null,
      onUnknown: 'resend',
    } as const;
    return this.#take(address, asked, idempotencyKey);
  }

  async get(address: SessionAddress, messageId: string): Promise<MessageRecord> {
    const session = await this.#options.sessionOf(address);
    return this.#shown(address, session, await this.#find(address, messageId));
  }

  /** Newest first. */
  async list(
    address: SessionAddress,
    page: Parameters<MessageStore['list']>[1],
  ): Promise<{ readonly items: readonly MessageRecord[]; readonly nextCursor: string | null }> {
    const { store, sessionOf } = this.#options;
    const session = await sessionOf(address);
    const { items, nextCursor } = await store.list(address, page);
    const hold = await store.hold(address);
    return { items: items.map((message) => this.#show(address, session, message, hold)), nextCursor };
  }

  /** Throws {@link AlreadySendingError}. */
  cancel(address: SessionAddress, messageId: string): Promise<MessageRecord> {
    return this.#change(address, messageId, ({ status }) => {
      if (status === 'cancelled') return null;
      if (status !== 'queued') throw new AlreadySendingError(status);
      return { type: 'message.cancel' };
    });
  }

  /** Throws {@link NotUnknownError}. */
  resolve(address: SessionAddress, messageId: string, as: 'sent' | 'failed' | 'resend'): Promise<MessageRecord> {
    return this.#change(address, messageId, ({ status }) => {
      if (status !== 'unknown') throw new NotUnknownError(status);
      return { type: 'message.resolve', as };
    });
  }

  async pacing(address: SessionAddress): Promise<Pacing> {
    await this.#options.sessionOf(address);
    return this.#options.store.pacing(address);
  }

  async setPacing(address: SessionAddress, pacing: Pacing): Promise<Pacing> {
    await this.#options.sessionOf(address);
    await this.#options.store.setPacing(address, pacing);
    return pacing;
  }

  async #take(
    address: SessionAddress,
    asked: {
      readonly to: string;
      readonly chatId: string;
      readonly kind: MessageKind;
      readonly type: MessageType;
      readonly body: OutgoingBody;
      readonly sendAt: number | null;
      readonly expiresAt: number | null;
      readonly onUnknown: 'hold' | 'resend';
    },
    idempotencyKey: string | null,
  ): Promise<Taken> {
    const { store, bodies, sessionOf, now, randomBytes, secret } = this.#options;
    const session = await sessionOf(address);
    const key = sessionKey(address);
    const waId = idempotencyKey === null ? randomWaId(randomBytes) : waIdForKey(secret, key, idempotencyKey);
    const id = messageIdOf(waId);
    const createdAt = Math.floor(now());
    const { body, ...rest } = asked;
    const sealed = await bodies.seal(address, id, packBody(body));
    const taken = await store.enqueue(address, {
      ...rest,
      id,
      waId,
      account: session.phoneNumber,
      createdAt,
      expiresAt: asked.expiresAt ?? Math.max(createdAt, asked.sendAt ?? 0) + EXPIRES_AFTER_MS,
      body: sealed.toString('base64'),
      fingerprint: sha256([key, asked]),
      idempotency: idempotencyKey === null ? null : sha256([key, idempotencyKey]),
    });
    const found = taken.kind === 'taken' ? taken.message : await this.#find(address, taken.id);
    return { message: await this.#shown(address, session, found), replayed: taken.kind === 'replayed' };
  }

  async #change(
    address: SessionAddress,
    messageId: string,
    decide: (message: StoredMessage) => MessageEvent | null,
  ): Promise<MessageRecord> {
    const { store, sessionOf, now, retention } = this.#options;
    const session = await sessionOf(address);
    for (let tries = 0; ; tries += 1) {
      const message = await this.#find(address, messageId);
      const event = decide(message);
      if (event === null) return this.#shown(address, session, message);
      const changed = await changeByAnybody({ store, address, message, retention, at: now() }, event);
      if (changed !== null && changed !== 'changed') return this.#shown(address, session, changed);
      if (changed === null || tries >= TRIES) return this.#shown(address, session, message);
    }
  }

  async #find(address: SessionAddress, messageId: string): Promise<StoredMessage> {
    const found = await this.#options.store.find(address, messageId);
    if (found === null) throw new MessageNotFoundError();
    return found;
  }

  async #shown(address: SessionAddress, session: Session, message: StoredMessage): Promise<MessageRecord> {
    const hold = message.status === 'queued' ? await this.#options.store.hold(address) : null;
    return this.#show(address, session, message, hold);
  }

  /** What a queued one waits for: its time, the session, something of its own, or what holds the whole outbox. */
  #show(address: SessionAddress, session: Session, message: StoredMessage, hold: string | null): MessageRecord {
    const { status, sendAt, heldBy } = message;
    const outbox = MESSAGE_HOLDS.find((one) => one === hold) ?? null;
    const by =
      status !== 'queued'
        ? null
        : sendAt !== null && sendAt > this.#options.now()
          ? 'schedule'
          : session.state !== 'ready'
            ? 'session'
            : (heldBy ?? outbox);
    return recordOf(address.id, { ...message, heldBy: by });
  }
}

/** The chat of an address as it was given. */
export function chatOf(to: string): string {
  return to.includes('@') ? to : `${to}@c.us`;
}

function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
