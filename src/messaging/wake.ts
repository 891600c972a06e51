import type { Clock } from '../domain/clock.ts';

/** A bell for one who sleeps: rung before it sleeps, it is heard all the same. */
export class Wake {
  #isRung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** What was rung so far is seen to. */
  rest(): void {
    this.#isRung = false;
  }

  /** Resolves when it rings, after `ms` at the latest, or when the signal aborts. */
  wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isRung || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => end(), ms);
      const end = (): void => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#wake = () => undefined;
        resolve();
      };
      this.#wake = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
