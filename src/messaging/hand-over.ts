import type { Clock } from '../domain/clock.ts';
import { withDeadline } from '../domain/deadline.ts';
import { FencedError } from '../domain/errors.ts';
import type { OutgoingContent } from '../domain/message.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import type { MessageHold, StoredMessage } from '../store/message-hash.ts';
import type { beginSend } from '../store/scripts/begin-send.ts';
import { throughOutages } from '../store/through-outages.ts';
import type { LinkedDevice } from '../whatsapp/device.ts';
import type { SendResult } from '../whatsapp/message-calls.ts';
import type { OutboxCounts } from '../domain/outbox-counts.ts';
import type { OutboxLedger } from './outbox-ledger.ts';
import { unpackBody, type BodyContent, type OutgoingBody } from './outgoing-body.ts';
import type { SealedBodies } from './sealed-bodies.ts';

export type HandOverOutcome =
  /** Handed over, or known that it never will be; `message` says which. */
  | { readonly kind: 'done'; readonly message: StoredMessage }
  /** `scope`: whether others may go out meanwhile. */
  | { readonly kind: 'held'; readonly by: MessageHold; readonly until: number; readonly scope: 'message' | 'outbox' }
  | { readonly kind: 'later' }
  /** Somebody changed it meanwhile. */
  | { readonly kind: 'changed' };

type Begin = (args: {
  readonly messageId: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly at: number;
  readonly chat: string;
  readonly spread: number;
}) => ReturnType<typeof beginSend.run>;

/** Media on its way to a page: a file that the browser may read. */
export interface StagedMedia {
  readonly content: Extract<OutgoingContent, { kind: 'media' }>;
  readonly remove: () => Promise<void>;
}

export type MediaStaging =
  | { readonly kind: 'staged'; readonly media: StagedMedia }
  | {
      readonly kind: 'refused';
      readonly code: 'MEDIA_UNREACHABLE' | 'MEDIA_TOO_LARGE' | 'MEDIA_REFUSED';
      readonly why: string;
    };

interface HandOverOptions {
  readonly address: SessionAddress;
  readonly epoch: number;
  readonly clock: Clock;
  readonly bodies: SealedBodies;
  readonly ledger: OutboxLedger;
  readonly begin: Begin;
  /** Throws when the lease is, or may be, over: nothing may be done in the name of the session. */
  readonly checkLease: () => void;
  /** -1,000 to 1,000 by chance. */
  readonly spread: () => number;
  readonly stageMedia: (content: Extract<BodyContent, { kind: 'media' }>, signal: AbortSignal) => Promise<MediaStaging>;
  readonly counts: OutboxCounts;
  /** The session does not run here any more. */
  readonly over: AbortSignal;
}

interface Page {
  readonly device: Pick<LinkedDevice, 'call'>;
}

const CALL_MS = 20_000;
/** With a file that the page has to upload first. */
const MEDIA_MS = 300_000;
const PREPARE_MS = 20_000;

type Prepared =
  | {
      readonly kind: 'ready';
      readonly chatId: string;
      readonly run: (signal: AbortSignal) => Promise<SendResult>;
      readonly ms: number;
      readonly tidy: () => Promise<void>;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly why: string | undefined }
  | { readonly kind: 'unsupported' };

/**
 * One message from the outbox into the page: prepared as often as need be, then written down, then handed over once. How
 * it ended is written down whatever becomes of the page meanwhile.
 */
export class HandOver {
  readonly #options: HandOverOptions;
  /** Addresses that WhatsApp has resolved. */
  readonly #chats = new Map<string, string>();

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  async send(message: StoredMessage, page: Page, signal: AbortSignal): Promise<HandOverOutcome> {
    const { clock, ledger, checkLease, counts } = this.#options;
    const startedAt = clock.now();
    const prepared = await this.#prepare(message, page, signal);
    counts.step('prepare', clock.now() - startedAt);
    switch (prepared.kind) {
      case 'unsupported':
        return { kind: 'held', by: 'page', until: clock.now() + CALL_MS, scope: 'message' };
      case 'refused': {
        const after = await ledger.apply(message, { type: 'send.refused', code: prepared.code }, prepared.why);
        return after === null ? { kind: 'changed' } : { kind: 'done', message: after };
      }
      case 'ready':
    }
    try {
      if (signal.aborted) return { kind: 'changed' };
      checkLease();
      const begun = await this.#begin(message);
      if (begun.kind !== 'began') return begun;
      // Last of all: the writing may have taken long.
      checkLease();
      const sentAt = clock.now();
      const after = await this.#conclude(begun.message, withDeadline(prepared.ms, NEVER, prepared.run));
      counts.step('send', clock.now() - sentAt);
      return after === null
        ? { kind: 'changed' }
        : after.status === 'queued'
          ? { kind: 'later' }
          : { kind: 'done', message: after };
    } finally {
      await prepared.tidy();
    }
  }

  /** Once more under its own id, for want of an acknowledgement. */
  async repeat(message: StoredMessage, { device }: Page, signal: AbortSignal): Promise<StoredMessage | null> {
    this.#options.checkLease();
    const answer = withDeadline(CALL_MS, signal, (until) => device.call('resend', { waId: message.waId }, until));
    return this.#conclude(message, answer);
  }

  async #begin(
    message: StoredMessage,
  ): Promise<HandOverOutcome | { readonly kind: 'began'; readonly message: StoredMessage }> {
    const { address, epoch, clock, begin, spread, ledger, over } = this.#options;
    const at = Math.floor(clock.now());
    const args = {
      messageId: message.id,
      version: message.version,
      fields: { status: 'sending', phase: 'handing_over', beganAt: String(at), heldBy: '', repeated: '0' },
      at,
      chat: message.chatId,
      spread: spread(),
    };
    const [outcome, until] = await throughOutages(() => begin(args), { signal: over });
    switch (outcome) {
      case 'began': {
        const { version, attempts } = message;
        const begun: StoredMessage = {
          ...message,
          status: 'sending',
          phase: 'handing_over',
          beganAt: at,
          heldBy: null,
          repeated: false,
          version: version + 1,
          attempts: attempts + 1,
        };
        ledger.note(begun);
        return { kind: 'began', message: begun };
      }
      case 'pacing':
        return { kind: 'held', by: 'pacing', until, scope: 'outbox' };
      case 'new_chats':
        return { kind: 'held', by: 'pacing', until, scope: 'message' };
      case 'restriction':
        return { kind: 'held', by: 'restriction', until, scope: 'message' };
      case 'fenced':
        throw new FencedError(sessionKey(address), epoch);
      case 'changed':
      case 'missing':
        return { kind: 'changed' };
    }
  }

  async #conclude(message: StoredMessage, answer: Promise<SendResult>): Promise<StoredMessage | null> {
    const { ledger } = this.#options;
    let result: SendResult;
    try {
      result = await answer;
    } catch {
      // No answer is no refusal: it may be out.
      return ledger.apply(message, { type: 'send.lost' });
    }
    switch (result.kind) {
      case 'accepted':
        return ledger.apply(message, { type: 'send.accepted', ack: result.ack });
      case 'refused':
        return ledger.apply(message, { type: 'send.refused', code: result.code });
      case 'not_now':
      case 'unsupported':
        return ledger.apply(message, { type: 'send.deferred' });
    }
  }

  async #prepare(message: StoredMessage, { device }: Page, signal: AbortSignal): Promise<Prepared> {
    const body = await this.#open(message);
    if (body === null) return { kind: 'refused', code: 'REFUSED', why: 'What it says is not kept any more.' };
    const { waId } = message;
    const nothing = async (): Promise<void> => undefined;
    if (body.kind !== 'message') {
      const run = async (until: AbortSignal): Promise<SendResult> => {
        const done = await device.call('act', body, until);
        if (done.kind === 'done') return { kind: 'accepted', ack: 1 };
        return done.kind === 'refused' ? { kind: 'refused', code: 'REFUSED', message: done.message } : done;
      };
      return { kind: 'ready', chatId: message.chatId, run, ms: CALL_MS, tidy: nothing };
    }
    const chat = await this.#resolve(message, device, signal);
    if (typeof chat !== 'string') return chat;
    if (body.content.kind !== 'media') {
      const { content } = body;
      const run = (until: AbortSignal): Promise<SendResult> =>
        device.call('send', { waId, chatId: chat, content }, until);
      return { kind: 'ready', chatId: chat, run, ms: CALL_MS, tidy: nothing };
    }
    const staged = await this.#options.stageMedia(body.content, signal);
    if (staged.kind === 'refused') return staged;
    const { content, remove } = staged.media;
    const run = (until: AbortSignal): Promise<SendResult> =>
      device.call('send', { waId, chatId: chat, content }, until);
    return { kind: 'ready', chatId: chat, run, ms: MEDIA_MS, tidy: remove };
  }

  async #resolve(message: StoredMessage, device: Page['device'], signal: AbortSignal): Promise<string | Prepared> {
    const { to } = message;
    const known = this.#chats.get(to);
    if (known !== undefined) return known;
    const resolved = await withDeadline(PREPARE_MS, signal, (until) => device.call('resolve', { to }, until));
    if (resolved.kind === 'unsupported') return resolved;
    if (resolved.kind === 'not_on_whatsapp') return { kind: 'refused', code: 'NOT_ON_WHATSAPP', why: undefined };
    this.#chats.set(to, resolved.chatId);
    const [oldest] = this.#chats.keys();
    if (this.#chats.size > 1_000 && oldest !== undefined) this.#chats.delete(oldest);
    return resolved.chatId;
  }

  async #open({ id, body }: StoredMessage): Promise<OutgoingBody | null> {
    const { bodies, address } = this.#options;
    const opened = await bodies.open(address, id, Buffer.from(body, 'base64'));
    return opened === null ? null : unpackBody(opened);
  }
}

const NEVER = new AbortController().signal;
