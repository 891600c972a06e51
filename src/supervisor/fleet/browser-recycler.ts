import type { Clock } from '../../domain/clock.ts';
import { every, type Recurring } from '../../domain/every.ts';
import type { Telemetry } from '../../observability/telemetry.ts';

/** The browser of a ready session, as far as its renewal is concerned. */
export interface AgingBrowser {
  /** Since when it is ready, and when a message last went through it (ms). */
  readonly readyAt: number;
  readonly lastMessageAt: number;
  /** Bytes; `null` when it cannot be told. */
  memory(): Promise<number | null>;
}

export interface Recyclable {
  readonly key: string;
  /** `null` while the session is not ready. */
  agingBrowser(): AgingBrowser | null;
  /** A fresh browser on the same login. */
  renew(): void;
  /** Whether it is on its way back from a renewal. */
  isRecovering(): boolean;
}

interface RecyclerOptions {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Age from which a browser is renewed (ms), and memory (bytes); 0 is never. */
  readonly afterMs: number;
  readonly memoryBytes: number;
  /** How often to look. @defaultValue 60,000 ms */
  readonly everyMs?: number;
  readonly sessions: () => Iterable<Recyclable>;
  readonly onError: (error: unknown) => void;
}

const EVERY_MS = 60_000;
/** A browser through which no message went for so long is idle (ms). */
const IDLE_MS = 60_000;
/**
 * An account may need so much that a fresh browser is soon as fat again: it is left alone for so long at least (ms).
 */
const LEAN_FOR_MS = 3_600_000;
/** At so many times its limit a browser is renewed though messages go through it: it may never be idle. */
const OVERDUE = 2;

/**
 * Renews browsers that have grown old or fat, while they are idle and one at a time: the planned restart that
 * long-lived pages need, since their memory only grows.
 */
export class BrowserRecycler {
  readonly #options: RecyclerOptions;
  readonly #looking: Recurring | null;
  #renewing: Recyclable | null = null;

  constructor(options: RecyclerOptions) {
    this.#options = options;
    const { clock, afterMs, memoryBytes, everyMs = EVERY_MS, onError } = options;
    const isAsked = afterMs > 0 || memoryBytes > 0;
    this.#looking = isAsked ? every(clock, everyMs, (signal) => this.#look(signal), { onError }) : null;
  }

  /** Renews nothing any more. Resolves when a look under way has ended; never rejects. */
  async stop(): Promise<void> {
    await this.#looking?.stop();
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (this.#renewing?.isRecovering() === true) return;
    this.#renewing = null;
    for (const session of this.#options.sessions()) {
      const browser = session.agingBrowser();
      if (browser === null) continue;
      const why = await this.#reasonToRenew(browser);
      // It may have gone while its memory was read.
      if (signal.aborted || why === null || session.agingBrowser() === null) continue;
      this.#options.telemetry.renewed(why);
      this.#renewing = session;
      return session.renew();
    }
  }

  async #reasonToRenew(browser: AgingBrowser): Promise<'age' | 'memory' | null> {
    const { clock, afterMs, memoryBytes } = this.#options;
    const patience = clock.now() - browser.lastMessageAt >= IDLE_MS ? 1 : OVERDUE;
    if (afterMs > 0 && clock.now() - browser.readyAt >= patience * afterMs) return 'age';
    if (memoryBytes === 0 || clock.now() - browser.readyAt < LEAN_FOR_MS) return null;
    return ((await browser.memory()) ?? 0) >= patience * memoryBytes ? 'memory' : null;
  }
}
