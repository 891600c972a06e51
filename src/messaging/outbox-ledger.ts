import type { MessageEvent } from '../../machines/message.machine.ts';
import { FencedError } from '../domain/errors.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { isSettled, messageFields, type MessageHold, type StoredMessage } from '../store/message-hash.ts';
import type { MessageStore } from '../store/message-store.ts';
import type { MessageRetention } from '../store/scripts/append-to-message-log.ts';
import { throughOutages } from '../store/through-outages.ts';
import { moved } from './message-life.ts';
import type { OutboxCounts } from '../domain/outbox-counts.ts';

interface LedgerOptions {
  readonly address: SessionAddress;
  readonly epoch: number;
  readonly store: MessageStore;
  readonly retention: MessageRetention;
  readonly counts: OutboxCounts;
  readonly now: () => number;
  /** The session does not run here any more: the store is not waited for any longer. */
  readonly over: AbortSignal;
}

/** The open messages of one session as its owner knows them, each change written down before anything follows from it. */
export class OutboxLedger {
  readonly #options: LedgerOptions;
  #open = new Map<string, StoredMessage>();
  #newest = 0;
  #heldBy: MessageHold | null | undefined = undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** In the order in which they were taken. */
  get open(): readonly StoredMessage[] {
    return [...this.#open.values()];
  }

  /** Reads them; `all`: those known already too. */
  async load(all: boolean): Promise<void> {
    const { store, address } = this.#options;
    const found = await this.#reach(() => store.open(address, all ? 0 : this.#newest));
    if (all) this.#open = new Map();
    for (const message of found) this.#keep(message);
  }

  /** Moves a message on by what happened to it; returns how it stands then, `null` when it is not there any more. */
  async apply(message: StoredMessage, event: MessageEvent, why?: string): Promise<StoredMessage | null> {
    const { store, address, epoch, retention, now, counts } = this.#options;
    let present = message;
    for (;;) {
      const move = moved(address.id, present, event, { at: now(), why });
      if (move === null) {
        this.#keep(present);
        return present;
      }
      const args = {
        messageId: present.id,
        epoch,
        version: present.version,
        fields: fieldsThatDiffer(present, move.message),
        settled: move.settled,
        keptMs: retention.ms,
        entries: move.entries,
        retention,
      };
      const outcome = await this.#reach(() => store.change(address, args));
      if (outcome === 'fenced') throw new FencedError(sessionKey(address), epoch);
      if (outcome === 'written') {
        const after = { ...move.message, version: present.version + 1 };
        counts.moved(present, after);
        this.#keep(after);
        return after;
      }
      // Somebody else changed it: what they wrote counts, and then what happened. An answer that was lost is such a one.
      const found = await this.#reach(() => store.find(address, present.id));
      if (found === null) {
        this.#open.delete(present.id);
        return null;
      }
      present = found;
    }
  }

  /** As it is known here, or else as the store has it now. */
  async find(waId: string): Promise<StoredMessage | null> {
    const { store, address } = this.#options;
    for (const message of this.#open.values()) if (message.waId === waId) return message;
    return this.#reach(() => store.find(address, waId));
  }

  /** Known to have been changed by somebody else, or begun. */
  note(message: StoredMessage): void {
    this.#keep(message);
  }

  /** Says what holds the outbox as a whole. */
  async hold(heldBy: MessageHold | null): Promise<void> {
    if (heldBy === this.#heldBy) return;
    const { store, address, counts } = this.#options;
    await this.#reach(() => store.setHold(address, heldBy));
    counts.held(this.#heldBy ?? null, heldBy);
    this.#heldBy = heldBy;
  }

  #keep(message: StoredMessage): void {
    this.#newest = Math.max(this.#newest, message.order);
    if (isSettled(message.status)) {
      this.#open.delete(message.id);
      return;
    }
    const isKnown = this.#open.has(message.id);
    this.#open.set(message.id, message);
    // One that comes back, since it was put off or somebody wants it sent again, has its old place.
    if (isKnown || message.order >= this.#newest) return;
    this.#open = new Map([...this.#open.values()].toSorted((a, b) => a.order - b.order).map((one) => [one.id, one]));
  }

  #reach<T>(call: () => Promise<T>): Promise<T> {
    return throughOutages(call, { signal: this.#options.over });
  }
}

function fieldsThatDiffer(before: StoredMessage, after: StoredMessage): Record<string, string> {
  const old = messageFields(before);
  return Object.fromEntries(Object.entries(messageFields(after)).filter(([name, value]) => old[name] !== value));
}
