import { inTime } from '../domain/deadline.ts';

/** How an answer is waited for, and how long it serves. */
export interface Looking {
  /** How long a look waits for the answer. */
  readonly deadlineMs: number;
  /** How long an answer is good. */
  readonly goodForMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

interface LastAnswerOptions<T> extends Looking {
  readonly ask: () => Promise<T>;
}

/** A question that costs something, asked at most once at a time and not again while its last answer is good. */
export class LastAnswer<T> {
  readonly #options: LastAnswerOptions<T>;
  #last: { readonly answer: T; readonly at: number } | null = null;
  #asking: Promise<void> | null = null;

  constructor(options: LastAnswerOptions<T>) {
    this.#options = options;
  }

  /** `null` when there is no answer in time, or it failed. Never rejects. */
  async look(): Promise<T | null> {
    if (this.#good() === null) await this.#askInTime();
    return this.#good();
  }

  #good(): T | null {
    const { goodForMs, now } = this.#options;
    return this.#last !== null && now() - this.#last.at < goodForMs ? this.#last.answer : null;
  }

  async #askInTime(): Promise<void> {
    this.#asking ??= this.#ask();
    // Late is as good as none; the question goes on for those who look next.
    await inTime(this.#options.deadlineMs, this.#asking).catch(() => undefined);
  }

  async #ask(): Promise<void> {
    const { ask, now } = this.#options;
    try {
      const answer = await ask();
      this.#last = { answer, at: now() };
    } catch {
      // The last answer stays, and its age shows that none came.
    } finally {
      this.#asking = null;
    }
  }
}
