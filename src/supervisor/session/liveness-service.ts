import type { Clock } from '../../domain/clock.ts';
import type { ProbeResult } from '../../whatsapp/device-calls.ts';
import type { DeviceService, ReadyDevice } from './device-service.ts';
import { LivenessProber } from './liveness-prober.ts';

interface LivenessServiceOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** What a probe of the device of this number has found. */
  readonly onResult: (number: number, result: ProbeResult) => void;
}

/** Probes a ready device until it is lost or closed. */
export class LivenessService implements DeviceService {
  readonly #options: LivenessServiceOptions;
  #probed: { readonly number: number; readonly prober: LivenessProber } | null = null;

  constructor(options: LivenessServiceOptions) {
    this.#options = options;
  }

  onReady({ number, device }: ReadyDevice): void {
    if (this.#probed?.number === number) return;
    this.#stop();
    const { clock, intervalMs, onResult } = this.#options;
    const prober = new LivenessProber({
      clock,
      intervalMs,
      probe: (signal) => device.call('probe', null, signal),
      onResult: (result) => onResult(number, result),
    });
    this.#probed = { number, prober };
  }

  onLost(): void {
    this.#stop();
  }

  onClosing(): void {
    this.#stop();
  }

  end(): void {
    this.#stop();
  }

  /** The number stays known, so that what is told late of a device that is gone starts nothing. */
  #stop(): void {
    this.#probed?.prober.stop();
  }
}
