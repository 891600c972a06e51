import type { Clock } from '../../domain/clock.ts';
import { withDeadline } from '../../domain/deadline.ts';
import type { ProbeResult } from '../../whatsapp/device-calls.ts';

interface LivenessProberOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Must end by the signal. */
  readonly probe: (signal: AbortSignal) => Promise<ProbeResult>;
  readonly onResult: (result: ProbeResult) => void;
}

/** An answer that takes longer than this is none. */
const ANSWER_WITHIN_MS = 10_000;

/** Asks a page at regular intervals whether it still answers. One question at a time; none after `stop`. */
export class LivenessProber {
  readonly #options: LivenessProberOptions;
  readonly #stop = new AbortController();
  #timer: unknown;

  constructor(options: LivenessProberOptions) {
    this.#options = options;
    this.#schedule();
  }

  stop(): void {
    this.#stop.abort();
    this.#options.clock.clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer = this.#options.clock.setTimeout(() => void this.#ask(), this.#options.intervalMs);
  }

  async #ask(): Promise<void> {
    const { intervalMs, probe, onResult } = this.#options;
    const result = await withDeadline(Math.min(intervalMs, ANSWER_WITHIN_MS), this.#stop.signal, probe);
    if (this.#stop.signal.aborted) return;
    onResult(result);
    if (!this.#stop.signal.aborted) this.#schedule();
  }
}
