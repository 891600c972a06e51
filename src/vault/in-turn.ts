import { withResolvers } from '../domain/with-resolvers.ts';

/** Runs what shares a name one after the other, and the rest side by side. */
export class InTurn {
  readonly #last = new Map<string, Promise<void>>();

  /** Starts when everything that was given under this name before has settled. Settles as `work` does. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const { promise, resolve } = withResolvers();
    this.#last.set(name, promise);
    try {
      await before;
      return await work();
    } finally {
      resolve();
      if (this.#last.get(name) === promise) this.#last.delete(name);
    }
  }
}
