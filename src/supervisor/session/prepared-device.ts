import { unanswered, type CallName, type DeviceCalls } from '../../whatsapp/device-calls.ts';
import type { LinkedDevice } from '../../whatsapp/device.ts';

interface PreparedDeviceOptions {
  /** What must be done first. Must end by the signal. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly open: () => LinkedDevice;
  /** `unprepared`: no launch was tried. */
  readonly onError: (error: unknown, what: 'unprepared' | 'not_opened') => void;
}

/** A device that opens once its credentials are prepared, and can be closed before that. */
export class PreparedDevice implements LinkedDevice {
  readonly #options: PreparedDeviceOptions;
  readonly #abort = new AbortController();
  readonly #opening: Promise<void>;
  #device: LinkedDevice | null = null;

  constructor(options: PreparedDeviceOptions) {
    this.#options = options;
    this.#opening = this.#open();
  }

  async call<Name extends CallName>(
    name: Name,
    request: DeviceCalls[Name]['request'],
    signal: AbortSignal,
  ): Promise<DeviceCalls[Name]['result']> {
    return this.#device === null ? unanswered[name]('no browser is open') : this.#device.call(name, request, signal);
  }

  async close(graceMs: number): Promise<void> {
    this.#abort.abort();
    await this.#opening;
    await this.#device?.close(graceMs);
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
      this.#device = open();
    } catch (error) {
      onError(error, 'not_opened');
    }
  }
}
