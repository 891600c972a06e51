import { ensureError } from '../domain/errors.ts';

interface Part {
  readonly name: string;
  readonly end: () => Promise<unknown>;
}

interface ClosingLog {
  error(fields: object, message: string): void;
}

/**
 * The parts that have started, and the order in which they end. A part that starts after the end has begun is ended at
 * once: a stop during a start leaves nothing open.
 */
export class ClosingOrder {
  readonly #log: ClosingLog;
  readonly #first: Part[] = [];
  readonly #last: Part[] = [];
  #closed: Promise<void> | null = null;

  constructor(log: ClosingLog) {
    this.#log = log;
  }

  /** Ended together, before anything that was registered with `last`. */
  first(name: string, end: () => Promise<unknown>): void {
    if (this.#closed === null) this.#first.push({ name, end });
    else void this.#endPart({ name, end });
  }

  /** Ended one by one, the newest first: what was built upon goes after what was built on it. */
  last(name: string, end: () => Promise<unknown>): void {
    if (this.#closed === null) this.#last.unshift({ name, end });
    else void this.#endPart({ name, end });
  }

  /** Ends all parts. A part that fails is logged and holds up no other. Never rejects; repeated calls share one end. */
  close(): Promise<void> {
    // Behind a turn, so that what a part does at its end already sees that the end has begun.
    this.#closed ??= Promise.resolve().then(() => this.#close());
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#first.map((part) => this.#endPart(part)));
    for (const part of this.#last) await this.#endPart(part);
  }

  async #endPart({ name, end }: Part): Promise<void> {
    try {
      await end();
    } catch (error) {
      this.#log.error({ err: ensureError(error), part: name }, 'a part did not end well');
    }
  }
}
