import type { Clock } from '../../domain/clock.ts';
import type { MemorySizes } from '../../store/browser-memory.ts';

interface MemoryReportOptions {
  readonly clock: Clock;
  /** How often to look (ms). @defaultValue 15,000 */
  readonly everyMs?: number;
  readonly measure: () => Promise<MemorySizes>;
  /** Replaces what was told before. */
  readonly tell: (at: number, sizes: MemorySizes) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const EVERY_MS = 15_000;

/** Tells again and again what this node's browsers hold in memory. Where there is no browser, nothing is told. */
export class MemoryReport {
  readonly #options: MemoryReportOptions;
  #timer: unknown;
  #stopped = false;
  #hasTold = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: MemoryReportOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Takes back what was told. Resolves then; never rejects. */
  async stop(): Promise<void> {
    const { clock, onError } = this.#options;
    this.#stopped = true;
    clock.clearTimeout(this.#timer);
    await this.#looking;
    if (this.#hasTold) await this.#tell(new Map()).catch(onError);
  }

  #schedule(): void {
    const { clock, everyMs = EVERY_MS, onError } = this.#options;
    this.#timer = clock.setTimeout(() => {
      this.#looking = this.#look()
        .catch(onError)
        .then(() => {
          if (!this.#stopped) this.#schedule();
        });
    }, everyMs);
  }

  async #look(): Promise<void> {
    // Of the beginning of the look: a browser that came while it went on is too new for it.
    const at = this.#options.clock.now();
    const sizes = await this.#options.measure();
    if (this.#stopped || (sizes.size === 0 && !this.#hasTold)) return;
    await this.#tell(sizes, at);
  }

  async #tell(sizes: MemorySizes, at = this.#options.clock.now()): Promise<void> {
    await this.#options.tell(at, sizes);
    this.#hasTold = sizes.size > 0;
  }
}
