import type { Ack, OutgoingContent } from '../../domain/message.ts';
import type { SendFault, SendRefusal } from '../../domain/simulated-sends.ts';
import type { Clock } from '../../domain/clock.ts';

/** A message in the page's list that this device sent. */
export interface SentRow {
  readonly waId: string;
  readonly chatId: string;
  readonly content: OutgoingContent;
  ack: Ack;
  /** WhatsApp's server, and with that the phone, has it. */
  posted: boolean;
}

/** How far what is sent is acknowledged, and how long each step takes (ms). */
interface Acknowledging {
  readonly upTo: Ack;
  readonly delayMs: number;
}

const AT_FIRST: Acknowledging = { upTo: 2, delayMs: 20 };

/** What a simulated account sent: the page's list, what WhatsApp's server has of it, and how it answers. Outlives browsers. */
export class SimulatedOutgoing {
  readonly #rows = new Map<string, SentRow>();
  readonly #clock: Clock;
  #acknowledging = AT_FIRST;
  #fault: SendFault | null = null;
  #refusal: SendRefusal | null = null;
  /** Told of each acknowledgement, while a page is there to hear it. */
  hear: (waId: string, ack: Ack) => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the phone has, in the order in which WhatsApp's server took it. */
  get posted(): readonly SentRow[] {
    return [...this.#rows.values()].filter(({ posted }) => posted);
  }

  acknowledge(acknowledging: Acknowledging): void {
    this.#acknowledging = acknowledging;
    for (const row of this.#rows.values()) if (row.posted) this.#raise(row);
  }

  /** The next send is lost so. */
  lose(fault: SendFault): void {
    this.#fault = fault;
  }

  takeFault(): SendFault | null {
    const fault = this.#fault;
    this.#fault = null;
    return fault;
  }

  /** From now on, until it is taken back. */
  refuse(refusal: SendRefusal | null): void {
    this.#refusal = refusal;
  }

  get refusal(): SendRefusal | null {
    return this.#refusal;
  }

  find(waId: string): SentRow | null {
    return this.#rows.get(waId) ?? null;
  }

  add(row: Pick<SentRow, 'waId' | 'chatId' | 'content'>): SentRow {
    const added: SentRow = { ...row, ack: 0, posted: false };
    this.#rows.set(row.waId, added);
    return added;
  }

  /** WhatsApp's server takes it. */
  post(row: SentRow): void {
    if (row.posted) return;
    row.posted = true;
    this.#raise(row);
  }

  #raise(row: SentRow): void {
    const { upTo, delayMs } = this.#acknowledging;
    const next = ([1, 2, 3, 4] as const).find((ack) => ack > row.ack && ack <= upTo);
    if (next === undefined) return;
    this.#clock.setTimeout(() => {
      if (row.ack >= next) return;
      row.ack = next;
      this.hear(row.waId, next);
      this.#raise(row);
    }, delayMs);
  }
}
