import { ItemRing } from '../item-ring.ts';
import { withoutMessages, type MessageCalls } from '../message-calls.ts';
import type { CallHandlers } from '../call-table.ts';
import type { Account, DeviceEvent } from '../device.ts';
import { simulatedChats } from './chats.ts';
import type { SimulatedMailbox } from './mailbox.ts';
import { simulatedMedia } from './media.ts';

interface SimulatedMessagesOptions {
  /** What WhatsApp keeps for the account. */
  readonly mailbox: () => SimulatedMailbox;
  /** Resolves when the page answers; rejects when it is gone, or nobody waits any more. */
  readonly answer: (signal: AbortSignal) => Promise<void>;
}

/** What one simulated page hears and can be asked of messages. */
export class SimulatedMessages {
  readonly handlers: CallHandlers<MessageCalls>;
  readonly #options: SimulatedMessagesOptions;
  readonly #heard = new ItemRing();

  constructor(options: SimulatedMessagesOptions) {
    this.#options = options;
    const { mailbox, answer } = options;
    this.handlers = {
      ...withoutMessages,
      ...simulatedMedia(mailbox, answer),
      ...simulatedChats(mailbox, answer),
      capabilities: async () => ({ receive: true, send: false, media: true, chats: true }),
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

  /** The page hears what WhatsApp has for it; `all`: what waits for a new connection too. Whether there was anything. */
  deliver(account: Account, all: boolean): boolean {
    const delivered = this.#options.mailbox().deliver(account, all);
    for (const { message, isDuplicate } of delivered) {
      this.#heard.add({ kind: 'message', message });
      if (isDuplicate) this.#heard.add({ kind: 'message', message });
    }
    return delivered.length > 0;
  }
}

/** A simulated page is of no build of WhatsApp's, and lacks nothing. */
export const readyAs = (account: Account): DeviceEvent => ({
  type: 'ready',
  account,
  capabilities: { receive: true, send: true, media: true, chats: true },
});
