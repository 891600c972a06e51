/** Calls into a page that does not answer: they wait until they are given up. */
export class HangingCalls {
  readonly #waiting = new Set<() => void>();

  /** Resolves when `signal` aborts or `release` is called, whichever comes first. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const giveUp = () => {
        signal.removeEventListener('abort', giveUp);
        this.#waiting.delete(giveUp);
        resolve();
      };
      signal.addEventListener('abort', giveUp);
      this.#waiting.add(giveUp);
    });
  }

  release(): void {
    for (const giveUp of this.#waiting) giveUp();
  }
}
