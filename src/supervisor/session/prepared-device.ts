import { PairingRefusedError, UnlinkFailedError } from '../../whatsapp/device-errors.ts';
import type { LinkedDevice, ProbeResult } from '../../whatsapp/device.ts';

interface PreparedDeviceOptions {
  /** What must be done first. Must end by the signal. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly open: () => LinkedDevice;
  /** `unprepared`: no launch was tried. */
  readonly onError: (error: unknown, what: 'unprepared' | 'not_opened') => void;
}

const NOT_OPEN: ProbeResult = { kind: 'missed', cause: 'page_unresponsive', detail: 'The browser is not open yet.' };

/** A browser that opens once its profile is ready, and can be closed before that. */
export class PreparedDevice implements LinkedDevice {
  readonly #options: PreparedDeviceOptions;
  readonly #abort = new AbortController();
  readonly #opening: Promise<void>;
  #browser: LinkedDevice | null = null;

  constructor(options: PreparedDeviceOptions) {
    this.#options = options;
    this.#opening = this.#open();
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    return this.#browser?.probe(signal) ?? NOT_OPEN;
  }

  async memory(): Promise<number | null> {
    return this.#browser?.memory() ?? null;
  }

  async isFlushed(signal: AbortSignal): Promise<boolean> {
    return this.#browser?.isFlushed(signal) ?? false;
  }

  async requestPairingCode(phoneNumber: string, signal: AbortSignal): Promise<void> {
    if (this.#browser === null) throw new PairingRefusedError('no browser is open');
    await this.#browser.requestPairingCode(phoneNumber, signal);
  }

  async unlink(signal: AbortSignal): Promise<void> {
    if (this.#browser === null) throw new UnlinkFailedError('no browser is open');
    await this.#browser.unlink(signal);
  }

  async close(graceMs: number): Promise<void> {
    this.#abort.abort();
    await this.#opening;
    await this.#browser?.close(graceMs);
  }

  async #open(): Promise<void> {
    const { prepare, open, onError } = this.#options;
    const { signal } = this.#abort;
    try {
      await prepare(signal);
    } catch (error) {
      if (!signal.aborted) onError(error, 'unprepared');
      return;
    }
    if (signal.aborted) return;
    try {
      this.#browser = open();
    } catch (error) {
      onError(error, 'not_opened');
    }
  }
}
