import type { Clock } from '../../domain/clock.ts';
import type { Qr } from '../../domain/session.ts';

/**
 * WhatsApp Web's own pace: the first code of a batch stands for a minute, each further one 20 s, and after the sixth it
 * asks to be refreshed.
 */
const FIRST_MS = 60_000;
const FURTHER_MS = 20_000;
/** How long after a code's end its successor may take before the page is asked for one; and between two askings. */
const PATIENCE_MS = 5_000;

export interface QrRenewalOptions {
  readonly clock: Clock;
  readonly onQr: (qr: Qr) => void;
  /** Asks the page for a fresh batch. Whether it works shows in what it shows. */
  readonly refresh: () => void;
}

/**
 * Numbers and dates the QR codes of one browser, and has them renewed, which the library's own code fails to do
 * (Client.js:281-293).
 */
export class QrRenewal {
  readonly #options: QrRenewalOptions;
  #current: string | null = null;
  #seq = 0;
  #isFirstOfBatch = true;
  #hasEnded = false;
  #timer: unknown;

  constructor(options: QrRenewalOptions) {
    this.#options = options;
  }

  /**
   * The library has told a code. One that no phone can read (`undefined,…` follows a scan), and one that is told again,
   * is dropped.
   */
  shown(code: string): void {
    const parts = code.split(',');
    if (
      this.#hasEnded ||
      code === this.#current ||
      parts.length < 5 ||
      parts.some((part) => part === '' || part === 'undefined')
    )
      return;
    const { clock, onQr } = this.#options;
    const now = clock.now();
    const standsMs = this.#isFirstOfBatch ? FIRST_MS : FURTHER_MS;
    this.#isFirstOfBatch = false;
    this.#current = code;
    this.#seq += 1;
    this.#refreshIn(standsMs + PATIENCE_MS);
    onQr({
      code,
      seq: this.#seq,
      issuedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + standsMs).toISOString(),
    });
  }

  /** The page has shown its last code and waits. */
  idle(): void {
    if (!this.#hasEnded) this.#refreshIn(0);
  }

  /** It was scanned: none is asked for, until the page shows another by itself because nothing came of it. */
  pause(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#isFirstOfBatch = true;
  }

  /** No more codes: it was scanned, or another way was taken. */
  end(): void {
    this.#hasEnded = true;
    this.#options.clock.clearTimeout(this.#timer);
  }

  #refreshIn(ms: number): void {
    const { clock, refresh } = this.#options;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => {
      this.#isFirstOfBatch = true;
      this.#refreshIn(PATIENCE_MS);
      refresh();
    }, ms);
  }
}
