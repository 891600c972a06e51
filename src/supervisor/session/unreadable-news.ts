import type { Clock } from '../../domain/clock.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Telemetry } from '../../observability/telemetry.ts';
import type { Fault, Unreadable } from '../../whatsapp/device.ts';
export interface UnreadableNewsOptions {
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'unreadable'>;
  readonly log: { warn(fields: object, message: string): void };
}

/** A page that WhatsApp has changed may tell something unreadable with each message (ms). */
const APART_MS = 60_000;

/** What one session's pages tell and nobody can read: each is counted, and told once a minute. */
export class UnreadableNews {
  readonly #options: UnreadableNewsOptions;
  readonly #address: SessionAddress;
  #toldAt = -Infinity;
  #count = 0;

  constructor(options: UnreadableNewsOptions, address: SessionAddress) {
    this.#options = options;
    this.#address = address;
  }

  /** The fault to show, when it is time to tell. */
  add({ kind, why }: Unreadable): Fault | null {
    const { clock, telemetry, log } = this.#options;
    telemetry.unreadable(kind);
    this.#count += 1;
    if (clock.now() - this.#toldAt < APART_MS) return null;
    const { id: sessionId, userId } = this.#address;
    log.warn({ sessionId, userId, kind, why, count: this.#count }, 'WhatsApp Web told what cannot be read');
    const often = this.#count === 1 ? '' : ` It was the last of ${this.#count} things.`;
    this.#toldAt = clock.now();
    this.#count = 0;
    return { code: 'PAGE_UNREADABLE', message: `WhatsApp Web told what cannot be read: ${why}.${often}` };
  }
}
