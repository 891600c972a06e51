import type { Engine } from '../domain/driver-traits.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { decodeHeader, engineOf } from './archive-header.ts';
import { parseGeneration, type ArchiveStore } from './archive-store.ts';
import { ArchiveRefusedError, CorruptArchiveError, NoArchiveError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { openBody, openHeader, type OpenDemands } from './open.ts';

/** One generation. */
export interface NamedArchive {
  readonly generation: string;
  readonly epoch: number;
}

/** One generation with what its header says of it, which only opening it proves. */
export interface DescribedArchive extends NamedArchive {
  /** Version of the program that wrote what is sealed; `null` where none is known. */
  readonly writtenBy: string | null;
}

/** One generation that opens. */
export interface GoodArchive extends DescribedArchive {
  /** Length of the sealed body. */
  readonly bytes: number;
  readonly sealedAt: string;
  readonly engine: Engine;
}

/** One generation that does not. */
export interface RefusedArchive {
  readonly generation: string;
  readonly error: ArchiveRefusedError;
}

/** `previous`: the newest did not open, and an older login came back; `refused` says why. */
export type Restored =
  | { readonly kind: 'newest'; readonly archive: GoodArchive }
  | {
      readonly kind: 'previous';
      readonly archive: GoodArchive;
      readonly refused: readonly [RefusedArchive, ...RefusedArchive[]];
    };

/** What reading one generation came to; `moved`: others have replaced or removed it meanwhile. */
export type Attempt =
  | { readonly kind: 'read'; readonly archive: GoodArchive }
  | { readonly kind: 'refused'; readonly error: ArchiveRefusedError }
  | { readonly kind: 'moved' };

/** Takes a packed profile, to its end. */
export type Unpacking = (packed: AsyncIterable<Uint8Array>) => Promise<void>;

type ArchiveDemands = Omit<OpenDemands, 'ring'>;

/** Opens archives in a store that others change meanwhile. */
export class ArchiveReader {
  readonly #store: ArchiveStore;
  readonly #ring: KeyRing;

  constructor(store: ArchiveStore, ring: KeyRing) {
    this.#store = store;
    this.#ring = ring;
  }

  /**
   * Reads the newest that opens of what one listing has named. Rejects with `NoArchiveError`, or with the newest one's
   * error when none opens.
   */
  async newestGood(demands: ArchiveDemands, unpack: Unpacking): Promise<Restored | 'moved'> {
    const { address } = demands;
    const refused: RefusedArchive[] = [];
    for (const generation of await this.#store.generations(address)) {
      const attempt = await this.attempt(demands, generation, unpack);
      if (attempt.kind === 'moved') return 'moved';
      if (attempt.kind === 'refused') {
        refused.push({ generation, error: attempt.error });
        continue;
      }
      const [first, ...others] = refused;
      return first === undefined
        ? { kind: 'newest', archive: attempt.archive }
        : { kind: 'previous', archive: attempt.archive, refused: [first, ...others] };
    }
    throw refused[0]?.error ?? new NoArchiveError(sessionKey(address));
  }

  /**
   * Who wrote this generation; `writtenBy` is `null` where its header does not say so, or is no good. `null`: it is no
   * more.
   */
  async writerOf(address: SessionAddress, generation: string): Promise<Pick<DescribedArchive, 'writtenBy'> | null> {
    const header = await this.#store.header(address, generation);
    if (header === null) return null;
    try {
      return { writtenBy: decodeHeader(header).writtenBy ?? null };
    } catch (error) {
      if (error instanceof ArchiveRefusedError) return { writtenBy: null };
      throw error;
    }
  }

  /**
   * Opens one generation to its last byte. What went wrong with one that is no more, or has another header now, says
   * nothing.
   */
  async attempt(demands: ArchiveDemands, generation: string, unpack: Unpacking): Promise<Attempt> {
    const { address } = demands;
    const header = await this.#store.header(address, generation);
    if (header === null) return { kind: 'moved' };
    try {
      const opened = await openHeader(header, { ring: this.#ring, ...demands });
      // A name is no secret and can be forged; what it says is believed by who compares epochs.
      if (parseGeneration(generation)?.epoch !== opened.header.epoch)
        throw new CorruptArchiveError('it was put in the place of another');
      await unpack(openBody(opened, this.#store.body(address, generation)));
      const { epoch, bytes, sealedAt, writtenBy = null } = opened.header;
      const archive = { generation, epoch, bytes, sealedAt, writtenBy, engine: engineOf(opened.header) };
      return { kind: 'read', archive };
    } catch (error) {
      if (!(error instanceof ArchiveRefusedError)) throw error;
      const now = await this.#store.header(address, generation);
      return now?.equals(header) === true ? { kind: 'refused', error } : { kind: 'moved' };
    }
  }
}

/** Reads a packed profile to its end, and puts the pieces nowhere. */
export function readThrough(signal: AbortSignal | undefined): Unpacking {
  return async (packed) => {
    for await (const chunk of packed) if (chunk.length > 0) signal?.throwIfAborted();
  };
}
