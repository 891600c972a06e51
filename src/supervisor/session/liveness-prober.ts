import type { Clock } from '../../domain/clock.ts';
import { withDeadline } from '../../domain/deadline.ts';
import { every, type Recurring } from '../../domain/every.ts';
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
  readonly #asking: Recurring;

  constructor({ clock, intervalMs, probe, onResult }: LivenessProberOptions) {
    this.#asking = every(clock, intervalMs, async (signal) => {
      const result = await withDeadline(Math.min(intervalMs, ANSWER_WITHIN_MS), signal, probe);
      if (!signal.aborted) onResult(result);
    });
  }

  stop(): void {
    void this.#asking.stop();
  }
}
