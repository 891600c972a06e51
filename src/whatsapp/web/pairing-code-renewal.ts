import type { Clock } from '../../domain/clock.ts';
import type { PairingCode } from '../../domain/session.ts';

/** How long WhatsApp takes a code. The page neither tells nor shows when it stops. */
const STANDS_MS = 180_000;
/** How long the page may take to give the next code before it is asked once more. Longer than it has to answer. */
const PATIENCE_MS = 15_000;

export interface PairingCodeRenewalOptions {
  readonly clock: Clock;
  readonly onCode: (code: PairingCode) => void;
  /** Asks the page for a fresh code for the phone of the last one. Whether it works shows in what it shows. */
  readonly refresh: () => void;
}

/**
 * Dates the pairing codes of one browser, and has each replaced at its end. The library's own renewal (Client.js:547)
 * ends for good when the socket is closed at that moment, and leaves the old code standing when WhatsApp refuses.
 */
export class PairingCodeRenewal {
  readonly #options: PairingCodeRenewalOptions;
  #timer: unknown;

  constructor(options: PairingCodeRenewalOptions) {
    this.#options = options;
  }

  shown(code: string, phoneNumber: string): void {
    const { clock, onCode } = this.#options;
    const now = clock.now();
    this.#refreshIn(STANDS_MS);
    onCode({
      code,
      phoneNumber,
      issuedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + STANDS_MS).toISOString(),
    });
  }

  /** It was entered, or the browser is gone. */
  end(): void {
    this.#options.clock.clearTimeout(this.#timer);
  }

  #refreshIn(ms: number): void {
    const { clock, refresh } = this.#options;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => {
      this.#refreshIn(PATIENCE_MS);
      refresh();
    }, ms);
  }
}
