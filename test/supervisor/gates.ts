import { withResolvers } from '../../src/domain/with-resolvers.ts';

/** A step of a device's life at which a test may hold it. */
export type Gate = 'first sign' | 'ready' | 'unlink' | 'close' | 'erase';

/** Holds devices at a step until it is opened again, so that a test can look at what is in between. */
export class Gates {
  readonly #shut = new Map<string, ReturnType<typeof withResolvers<void>>>();

  shut(key: string, gate: Gate): void {
    this.#shut.set(`${key} ${gate}`, withResolvers());
  }

  open(key: string, gate: Gate): void {
    const name = `${key} ${gate}`;
    this.#shut.get(name)?.resolve();
    this.#shut.delete(name);
  }

  openAll(): void {
    for (const { resolve } of this.#shut.values()) resolve();
    this.#shut.clear();
  }

  isShut(key: string, gate: Gate): boolean {
    return this.#shut.has(`${key} ${gate}`);
  }

  passed(key: string, gate: Gate): Promise<void> {
    return this.#shut.get(`${key} ${gate}`)?.promise ?? Promise.resolve();
  }
}
