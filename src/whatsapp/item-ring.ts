import type { PageItem } from '../domain/message.ts';

interface Pull {
  readonly confirm: number | null;
  readonly limit: number;
}

interface Pulled {
  readonly items: readonly PageItem[];
  readonly upTo: number;
  readonly overflowed: number;
}

/** Keeps what was heard until it is confirmed, and the newest of it where there is too much. */
export class ItemRing {
  readonly #capacity: number;
  #items: PageItem[] = [];
  /** Number of the item before the first. */
  #before = 0;
  #overflowed = 0;

  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  add(item: PageItem): void {
    this.#items.push(item);
    if (this.#items.length <= this.#capacity) return;
    this.#items.shift();
    this.#before += 1;
    this.#overflowed += 1;
  }

  pull({ confirm, limit }: Pull): Pulled {
    const confirmed = Math.max(0, (confirm ?? 0) - this.#before);
    this.#items.splice(0, confirmed);
    this.#before = Math.max(this.#before, confirm ?? 0);
    const items = this.#items.slice(0, limit);
    const overflowed = this.#overflowed;
    this.#overflowed = 0;
    return { items, upTo: this.#before + items.length, overflowed };
  }
}
