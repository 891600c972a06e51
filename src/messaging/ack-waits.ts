/** How long an acknowledgement may be missing while the page is connected. */
const ACK_MS = 60_000;
/** The same of one that lay in the list of a page that is gone: a page that posts such by itself does so at once. */
const LEFT_MS = 5_000;

interface AckWait {
  /** Since when the page is connected and no acknowledgement has come (ms since 1970). */
  readonly since: number;
  readonly ms: number;
}

/** The messages that a page has in its list, and that WhatsApp's server has not said to have. */
export class AckWaits {
  readonly #waits = new Map<string, AckWait>();
  /** Those that lay in the list of a page that is gone. Nothing of their chat may go out before them. */
  readonly #left = new Set<string>();

  /** Handed over, or once more. */
  begin(id: string, at: number): void {
    this.#waits.set(id, { since: at, ms: ACK_MS });
  }

  /** Found in the list, of a page that was opened after it had been handed over. */
  find(id: string, at: number): void {
    this.#left.add(id);
    if (!this.#waits.has(id)) this.#waits.set(id, { since: at, ms: LEFT_MS });
  }

  /** It has one, or has ended; returns how long it waited (ms), `null` where it did not. */
  end(id: string, at: number): number | null {
    const wait = this.#waits.get(id);
    this.#waits.delete(id);
    this.#left.delete(id);
    return wait === undefined ? null : at - wait.since;
  }

  /** Waited too long, in the order in which they began. */
  overdue(at: number): readonly string[] {
    return [...this.#waits].filter(([, { since, ms }]) => at - since >= ms).map(([id]) => id);
  }

  /** When the first of them has waited too long (ms since 1970). */
  get dueAt(): number {
    return Math.min(...[...this.#waits.values()].map(({ since, ms }) => since + ms));
  }

  /** The page is another: what it has is found anew. */
  forget(): void {
    this.#waits.clear();
    this.#left.clear();
  }

  has(id: string): boolean {
    return this.#waits.has(id);
  }

  get left(): ReadonlySet<string> {
    return this.#left;
  }
}
