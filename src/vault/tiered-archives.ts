import { FencedError } from '../domain/errors.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { newerEpoch, newestFirst, type ArchiveStore, type NewArchive } from './archive-store.ts';

interface TieredArchivesOptions {
  readonly small: ArchiveStore;
  readonly large: ArchiveStore;
  /** Bodies that are longer than this lie in `large`. Held in memory until that is known. @defaultValue 8 MiB */
  readonly smallBytes?: number;
}

const SMALL_BYTES = 8 * 1024 * 1024;

/** Two places as one: small archives where every node sees them, large ones where they cost no memory. */
export class TieredArchives implements ArchiveStore {
  readonly name = 'tiered';
  readonly #small: ArchiveStore;
  readonly #large: ArchiveStore;
  readonly #smallBytes: number;

  constructor({ small, large, smallBytes = SMALL_BYTES }: TieredArchivesOptions) {
    this.#small = small;
    this.#large = large;
    this.#smallBytes = smallBytes;
  }

  async put(archive: NewArchive, signal?: AbortSignal): Promise<void> {
    const { address, epoch } = archive;
    // Each place fences what it keeps itself; this is about what the other one keeps.
    if (newerEpoch(await this.generations(address), epoch) !== null) throw new FencedError(sessionKey(address), epoch);
    const body = archive.body[Symbol.asyncIterator]();
    try {
      const { kind, head } = await this.#beginning(body);
      const place = kind === 'whole' ? this.#small : this.#large;
      await place.put({ ...archive, body: continued(head, body) }, signal);
    } finally {
      await body.return?.();
    }
  }

  async generations(address: SessionAddress): Promise<string[]> {
    const [small, large] = await Promise.all([this.#small.generations(address), this.#large.generations(address)]);
    return newestFirst([...new Set([...small, ...large])]);
  }

  async header(address: SessionAddress, generation: string): Promise<Buffer | null> {
    return (await this.#small.header(address, generation)) ?? this.#large.header(address, generation);
  }

  async *body(address: SessionAddress, generation: string): AsyncGenerator<Uint8Array, void, undefined> {
    const isSmall = (await this.#small.header(address, generation)) !== null;
    yield* (isSmall ? this.#small : this.#large).body(address, generation);
  }

  async replaceHeader(address: SessionAddress, generation: string, expected: Buffer, next: Buffer): Promise<boolean> {
    return (
      (await this.#small.replaceHeader(address, generation, expected, next)) ||
      this.#large.replaceHeader(address, generation, expected, next)
    );
  }

  async remove(address: SessionAddress, generation: string): Promise<void> {
    await this.#small.remove(address, generation);
    await this.#large.remove(address, generation);
  }

  async forget(address: SessionAddress, epoch: number): Promise<void> {
    await this.#small.forget(address, epoch);
    await this.#large.forget(address, epoch);
  }

  async *addresses(): AsyncGenerator<SessionAddress, void, undefined> {
    const told = new Set<string>();
    for (const place of [this.#small, this.#large]) {
      for await (const address of place.addresses()) {
        if (told.has(sessionKey(address))) continue;
        told.add(sessionKey(address));
        yield address;
      }
    }
  }

  /** As much of a body as tells whether it is small. */
  async #beginning(
    body: AsyncIterator<Uint8Array>,
  ): Promise<{ readonly kind: 'whole' | 'more'; readonly head: readonly Uint8Array[] }> {
    const head: Uint8Array[] = [];
    let bytes = 0;
    for (let next = await body.next(); next.done !== true; next = await body.next()) {
      head.push(next.value);
      bytes += next.value.length;
      if (bytes > this.#smallBytes) return { kind: 'more', head };
    }
    return { kind: 'whole', head };
  }
}

async function* continued(
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
