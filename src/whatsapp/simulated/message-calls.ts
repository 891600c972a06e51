import { ItemRing } from '../item-ring.ts';
import { withoutMessages, type MessageCalls } from '../message-calls.ts';
import type { CallHandlers } from '../call-table.ts';
import type { Account, DeviceEvent } from '../device.ts';
import { simulatedChats } from './chats.ts';
import type { SimulatedMailbox } from './mailbox.ts';
import type { SentRow, SimulatedOutgoing } from './outgoing.ts';
import { sendCalls } from './send-calls.ts';
import type { PageItem } from '../../domain/message.ts';
import { simulatedMedia } from './media.ts';

interface SimulatedMessagesOptions {
  /** What WhatsApp keeps for the account. */
  readonly mailbox: () => SimulatedMailbox;
  /** What the account sent. */
  readonly outgoing: () => SimulatedOutgoing;
  /** Whether WhatsApp's server can be reached. */
  readonly isOnline: () => boolean;
  /** There is something to pull. */
  readonly ring: () => void;
  /** Resolves when the page answers; rejects when it is gone, or nobody waits any more. */
  readonly answer: (signal: AbortSignal) => Promise<void>;
}

/** What one simulated page hears and can be asked of messages. */
export class SimulatedMessages {
  readonly handlers: CallHandlers<MessageCalls>;
  readonly #options: SimulatedMessagesOptions;
  readonly #heard = new ItemRing();
  /** What this page has taken while the network was away, in order. A page after it does not post it by itself. */
  readonly #unposted: SentRow[] = [];

  constructor(options: SimulatedMessagesOptions) {
    this.#options = options;
    const { mailbox, answer } = options;
    this.handlers = {
      ...withoutMessages,
      ...simulatedMedia(mailbox, answer),
      ...simulatedChats(mailbox, answer),
      ...sendCalls({ ...options, postSoon: (row) => this.#postSoon(row) }),
      capabilities: async () => ({ receive: true, send: true, media: true, chats: true }),
      pull: async (request, signal) => {
        await answer(signal);
        return this.#heard.pull(request);
      },
      recent: async ({ since, limit }, signal) => {
        await answer(signal);
        return { kind: 'listed', items: mailbox().recent(since, limit) };
      },
    };
  }

  /** The page hears something else than a message. */
  hear(item: PageItem): void {
    this.#heard.add(item);
    this.#options.ring();
  }

  /** The page hears what WhatsApp has for it; `all`: what waits for a new connection too. */
  deliver(account: Account, all: boolean): void {
    const delivered = this.#options.mailbox().deliver(account, all);
    for (const { message, isDuplicate } of delivered) {
      this.#heard.add({ kind: 'message', message });
      if (isDuplicate) this.#heard.add({ kind: 'message', message });
    }
    if (delivered.length > 0) this.#options.ring();
    if (all) for (const row of this.#unposted.splice(0)) this.#postSoon(row);
    // From now on this page hears what becomes of what was sent.
    const { outgoing, isOnline } = this.#options;
    outgoing().hear = (waId, ack) => {
      if (isOnline()) this.hear({ kind: 'ack', waId, ack });
    };
  }

  #postSoon(row: SentRow): void {
    const { outgoing, isOnline } = this.#options;
    if (isOnline()) outgoing().post(row);
    else this.#unposted.push(row);
  }
}

/** A simulated page is of no build of WhatsApp's, and lacks nothing. */
export const readyAs = (account: Account): DeviceEvent => ({
  type: 'ready',
  account,
  capabilities: { receive: true, send: true, media: true, chats: true },
});
