import type { Clock } from '../../domain/clock.ts';
import { every, type Recurring } from '../../domain/every.ts';
import type { MemorySizes } from '../../store/browser-memory.ts';

interface MemoryReportOptions {
  readonly clock: Clock;
  /** How often to look (ms). @defaultValue 15,000 */
  readonly everyMs?: number;
  readonly measure: () => Promise<MemorySizes>;
  /** Replaces what was written before. */
  readonly write: (at: number, sizes: MemorySizes) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const EVERY_MS = 15_000;

/** Writes again and again what this node's browsers hold in memory. Where there is no browser, nothing is written. */
export class MemoryReport {
  readonly #options: MemoryReportOptions;
  readonly #looking: Recurring;
  #hasWritten = false;

  constructor(options: MemoryReportOptions) {
    this.#options = options;
    const { clock, everyMs = EVERY_MS, onError } = options;
    this.#looking = every(clock, everyMs, (signal) => this.#look(signal), { onError });
  }

  /** Takes back what was written. Resolves then; never rejects. */
  async stop(): Promise<void> {
    await this.#looking.stop();
    if (this.#hasWritten) await this.#write(new Map()).catch(this.#options.onError);
  }

  async #look(signal: AbortSignal): Promise<void> {
    // Of the beginning of the look: a browser that came while it went on is too new for it.
    const at = this.#options.clock.now();
    const sizes = await this.#options.measure();
    if (signal.aborted || (sizes.size === 0 && !this.#hasWritten)) return;
    await this.#write(sizes, at);
  }

  async #write(sizes: MemorySizes, at = this.#options.clock.now()): Promise<void> {
    await this.#options.write(at, sizes);
    this.#hasWritten = sizes.size > 0;
  }
}
