import { randomBytes } from 'node:crypto';

import type { SessionAddress } from '../domain/session.ts';
import type { MessageStore } from '../store/message-store.ts';
import type { MessageLogEntry } from '../store/scripts/append-to-message-log.ts';

interface BrakeOptions {
  readonly address: SessionAddress;
  readonly store: Pick<MessageStore, 'restrict' | 'restrictedUntil' | 'countRefusal' | 'forgetRefusals'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly tell: (entry: MessageLogEntry) => Promise<unknown>;
}

/** Refusals in a row that are taken for a warning. */
const REFUSALS = 3;
/** How long nobody new is written to then. */
const AFTER_REFUSALS_MS = 3_600_000;
const AFTER_WORD_MS = 86_400_000;

/** Holds new chats back when WhatsApp refuses what is sent: to go on would cost the account. Replies go on. */
export class Brake {
  readonly #options: BrakeOptions;
  /** Whether refusals may be counted: a former owner may have left some. */
  #mayBeCounted = true;

  constructor(options: BrakeOptions) {
    this.#options = options;
  }

  async taken(): Promise<void> {
    if (!this.#mayBeCounted) return;
    const { store, address } = this.#options;
    await store.forgetRefusals(address);
    this.#mayBeCounted = false;
  }

  async refused(): Promise<void> {
    const { store, address } = this.#options;
    this.#mayBeCounted = true;
    if ((await store.countRefusal(address)) < REFUSALS) return;
    await store.forgetRefusals(address);
    await this.#holdAndTell(AFTER_REFUSALS_MS, `WhatsApp refused ${REFUSALS} messages in a row.`);
  }

  /** WhatsApp said that it restricts this account, but not until when. */
  restricted(): Promise<void> {
    return this.#holdAndTell(AFTER_WORD_MS, 'WhatsApp restricts this account.');
  }

  /** WhatsApp said so itself, and until when: whoever heard it tells of it. */
  async hold(until: number): Promise<void> {
    const { store, address } = this.#options;
    await store.restrict(address, until);
  }

  async #holdAndTell(ms: number, why: string): Promise<void> {
    const { store, address, now, tell } = this.#options;
    const until = now() + ms;
    if ((await store.restrictedUntil(address)) > now()) return;
    await store.restrict(address, until);
    const plain = JSON.stringify({ until: new Date(until).toISOString(), why });
    await tell({ type: 'session.restricted', ref: randomBytes(9).toString('base64url'), plain });
  }
}
