import { setTimeout as delay } from 'node:timers/promises';

/**
 * `starting`: not all parts are up yet. `leaving`: told to end, and says so to who asks whether it is ready; it serves on
 * until those who send requests have noticed. `draining`: new work goes elsewhere.
 */
export const PHASES = ['starting', 'serving', 'leaving', 'draining'] as const;
export type Phase = (typeof PHASES)[number];

/** The state of the process, as the API needs to know it. */
export interface Lifecycle {
  phase(): Phase;
  /** Calls `listener` once, when draining begins (at once when it has begun). Returns how to stop that. */
  onDrain(listener: () => void): () => void;
}

/** The phases of one process: they only go forward. */
export class ProcessLifecycle implements Lifecycle {
  readonly #listeners = new Set<() => void>();
  #phase: Phase = 'starting';
  #leaving: Promise<void> | null = null;

  phase(): Phase {
    return this.#phase;
  }

  /** All parts are up. Ignored once draining has begun. */
  serve(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
  }

  /**
   * Says that requests should go elsewhere from now on, answers those that come as ever for `ms`, or until the signal,
   * and then drains. Repeated calls share one leaving. Never rejects.
   */
  leave(ms: number, atOnce: AbortSignal): Promise<void> {
    this.#leaving ??= this.#leave(ms, atOnce);
    return this.#leaving;
  }

  async #leave(ms: number, atOnce: AbortSignal): Promise<void> {
    if (this.#phase === 'serving') this.#phase = 'leaving';
    if (ms > 0 && !atOnce.aborted) await delay(ms, undefined, { signal: atOnce }).catch(() => undefined);
    this.drain();
  }

  /**
   * Streams end with a hint, waits answer with what is the case, and requests that change something are refused from
   * now on.
   */
  drain(): void {
    this.#phase = 'draining';
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }

  onDrain(listener: () => void): () => void {
    if (this.#phase === 'draining') {
      listener();
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
