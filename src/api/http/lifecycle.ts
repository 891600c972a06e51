/** `starting`: not all parts are up yet. `draining`: told to end; new work goes elsewhere. */
export type Phase = 'starting' | 'serving' | 'draining';

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

  phase(): Phase {
    return this.#phase;
  }

  /** All parts are up. Ignored once draining has begun. */
  serve(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
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
