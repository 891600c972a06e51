/** The queue for a node as it is meant: what `join-queue` and `leave-queue` do, with the queue's order of equal places. */
export class QueueModel {
  #round = 0;
  #arrivals = 0;
  readonly #waiting = new Map<string, { readonly user: string; readonly place: number; readonly arrival: number }>();

  /** Returns the place. */
  join(key: string): number {
    const present = this.#waiting.get(key);
    if (present !== undefined) return present.place;
    const user = userOf(key);
    const others = [...this.#waiting.values()]
      .filter((each) => each.user === user)
      .map(({ place }) => Math.floor(place / 2));
    const place = others.length === 0 ? 2 * (this.#round + 1) : 2 * (Math.max(this.#round, ...others) + 1) + 1;
    this.#arrivals += 1;
    this.#waiting.set(key, { user, place, arrival: this.#arrivals });
    return place;
  }

  /** The next one, or `null` when nobody waits. */
  take(): string | null {
    const [key = null] = this.order();
    if (key !== null) this.#leave(key, true);
    return key;
  }

  withdraw(key: string): void {
    if (this.#waiting.has(key)) this.#leave(key, false);
  }

  /** The waiting sessions, the next one first. */
  order(): string[] {
    return [...this.#waiting]
      .toSorted(([, a], [, b]) => a.place - b.place || a.arrival - b.arrival)
      .map(([key]) => key);
  }

  #leave(key: string, isTaken: boolean): void {
    const place = this.#waiting.get(key)?.place ?? 0;
    this.#waiting.delete(key);
    if (this.#waiting.size === 0) this.#round = 0;
    else if (isTaken) this.#round = Math.max(this.#round, Math.floor(place / 2));
  }
}

export function userOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
