import type { Fault, Unreadable } from '../../whatsapp/device.ts';
import type { RunnerParts } from './runner-parts.ts';

interface UnreadableNewsOptions extends Pick<RunnerParts, 'clock'> {
  readonly telemetry: Pick<RunnerParts['telemetry'], 'unreadable'>;
  readonly log: Pick<RunnerParts['log'], 'warn'>;
}

/** A page that WhatsApp has changed may tell something unreadable with each message (ms). */
const APART_MS = 60_000;

/** What one session's pages tell and nobody can read: each is counted, and told once a minute. */
export class UnreadableNews {
  readonly #options: UnreadableNewsOptions;
  readonly #who: object;
  #toldAt = -Infinity;
  #count = 0;

  /** @param who names the session in the log. */
  constructor(options: UnreadableNewsOptions, who: object) {
    this.#options = options;
    this.#who = who;
  }

  /** The fault to show, when it is time to tell. */
  add({ kind, why }: Unreadable): Fault | null {
    const { clock, telemetry, log } = this.#options;
    telemetry.unreadable(kind);
    this.#count += 1;
    if (clock.now() - this.#toldAt < APART_MS) return null;
    log.warn({ ...this.#who, kind, why, count: this.#count }, 'WhatsApp Web told what cannot be read');
    const often = this.#count === 1 ? '' : ` It was the last of ${this.#count} things.`;
    this.#toldAt = clock.now();
    this.#count = 0;
    return { code: 'PAGE_UNREADABLE', message: `WhatsApp Web told what cannot be read: ${why}.${often}` };
  }
}
