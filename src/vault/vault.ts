import { pipeline } from 'node:stream/promises';

import { FencedError } from '../domain/errors.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { nextGeneration, parseGeneration, type ArchiveStore } from './archive-store.ts';
import { ArchiveRefusedError, ArchivesMovingError, CorruptArchiveError, NoArchiveError } from './errors.ts';
import { InTurn } from './in-turn.ts';
import type { KeyRing } from './key-ring.ts';
import { openBody, openHeader, type OpenedArchive } from './open.ts';
import { packDirectory, removeLeftDrafts, unpackDirectory } from './pack.ts';
import { removeLeftSnapshots, snapshotProfile } from './profile-snapshot.ts';
import { beginSeal } from './seal.ts';

export interface VaultOptions {
  readonly store: ArchiveStore;
  readonly ring: KeyRing;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

export interface SealRequest {
  readonly address: SessionAddress;
  /** The caller's epoch; a store that keeps a newer one refuses it. */
  readonly epoch: number;
  /** Its browser may be running. */
  readonly profileDir: string;
  readonly signal?: AbortSignal;
  /** Asked once all is written and before it counts: rejects when the session is no longer the caller's. Then nothing is kept. */
  readonly confirm?: () => Promise<void>;
}

export interface RestoreRequest {
  readonly address: SessionAddress;
  /** Archives of older epochs are refused; 0 takes any. */
  readonly minEpoch: number;
  /** Where the profile is to be: must not exist, or be empty. */
  readonly into: string;
  readonly signal?: AbortSignal;
}

/** One generation. */
export interface NamedArchive {
  readonly generation: string;
  readonly epoch: number;
}

/** One generation that opens. */
export interface GoodArchive extends NamedArchive {
  /** Length of the sealed body. */
  readonly bytes: number;
  readonly sealedAt: string;
}

/** One generation that does not. */
export interface RefusedArchive {
  readonly generation: string;
  readonly error: ArchiveRefusedError;
}

/** `previous`: the newest did not open, and an older login came back; `refused` says why. */
export type Restored =
  | { readonly kind: 'newest'; readonly archive: GoodArchive }
  | { readonly kind: 'previous'; readonly archive: GoodArchive; readonly refused: readonly [RefusedArchive, ...RefusedArchive[]] };

/** What reading one generation came to; `moved`: others have replaced or removed it meanwhile. */
type Attempt<T> = { readonly kind: 'read'; readonly value: T } | { readonly kind: 'refused'; readonly error: ArchiveRefusedError } | { readonly kind: 'moved' };

/** The newest, and one to fall back to. */
const KEPT_GENERATIONS = 2;
/** Each is lost to a whole sealing by somebody else. */
const READ_ATTEMPTS = 5;

/** Seals the logins of profiles and gives them back. What concerns one session happens one after the other. */
export class Vault {
  readonly #options: VaultOptions;
  readonly #turns = new InTurn();

  constructor(options: VaultOptions) {
    this.#options = options;
  }

  /**
   * Seals the login that lies in a profile. Resolves once the archive is kept, was read back and opened; only then the one before the
   * previous goes. Rejects with `NothingToSealError`, `ProfileBusyError`, `ArchiveTooLargeError`, `StoreUnavailableError`, with `FencedError`
   * where a newer epoch has sealed or this one was forgotten, with what `confirm` threw, or with an `ArchiveRefusedError` when what was
   * read back is not what was written; the former archives then stay.
   */
  async seal(request: SealRequest): Promise<GoodArchive> {
    return this.#turns.run(sessionKey(request.address), async () => {
      const { address, epoch, signal } = request;
      const { store } = this.#options;
      const former = await store.generations(address);
      const generation = nextGeneration(epoch, former.at(0));
      await this.#write(request, generation);
      const proof = await this.#attempt(address, generation, 0, (opened) => this.#readThrough(opened, address, generation, signal));
      // Only a newer epoch's owner, or a forgetting, removes what we have just written.
      if (proof.kind === 'moved') throw new FencedError(sessionKey(address), epoch);
      if (proof.kind === 'refused') {
        await store.remove(address, generation);
        throw proof.error;
      }
      for (const old of former.slice(KEPT_GENERATIONS - 1)) await store.remove(address, old);
      return proof.value;
    });
  }

  /**
   * Unpacks the newest archive that opens into a profile, all or nothing. Rejects with `NoArchiveError`, `ProfileOccupiedError`, with the
   * `ArchiveRefusedError` of the newest when none opens, `ArchivesMovingError`, and with what the store threw.
   */
  async restore({ address, minEpoch, into, signal }: RestoreRequest): Promise<Restored> {
    return this.#turns.run(sessionKey(address), async () => {
      await removeLeftDrafts(into);
      const unpack = async (opened: OpenedArchive, generation: string) => {
        await unpackDirectory(openBody(opened, this.#options.store.body(address, generation)), into, signal);
        return described(generation, opened);
      };
      for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt += 1) {
        const found = await this.#newestGood(address, minEpoch, unpack);
        if (found !== 'moved') return found;
      }
      throw new ArchivesMovingError(sessionKey(address), READ_ATTEMPTS);
    });
  }

  /** The newest that is kept, by its name; whether it opens is not looked at. `null` when nothing is sealed. */
  async newest(address: SessionAddress): Promise<NamedArchive | null> {
    const [generation = ''] = await this.#options.store.generations(address);
    const named = parseGeneration(generation);
    return named === null ? null : { generation, epoch: named.epoch };
  }

  /** Opens every generation of a session to its last byte, newest first, without what is replaced meanwhile. Rejects only when the store cannot be read. */
  async verify(address: SessionAddress, signal?: AbortSignal): Promise<(GoodArchive | RefusedArchive)[]> {
    const found: (GoodArchive | RefusedArchive)[] = [];
    for (const generation of await this.#options.store.generations(address)) {
      const attempt = await this.#attempt(address, generation, 0, (opened) => this.#readThrough(opened, address, generation, signal));
      if (attempt.kind === 'read') found.push(attempt.value);
      if (attempt.kind === 'refused') found.push({ generation, error: attempt.error });
    }
    return found;
  }

  /**
   * Removes every archive of a session up to this epoch, and its data key. From then on, for a day, what is sealed with such an epoch is
   * refused, wherever a late writer runs. Waits for a sealing of ours that is under way. Idempotent.
   */
  async forget(address: SessionAddress, epoch: number): Promise<void> {
    await this.#turns.run(sessionKey(address), () => this.#options.store.forget(address, epoch));
  }

  /** Goes through what one listing has named, newest first. */
  async #newestGood(
    address: SessionAddress,
    minEpoch: number,
    read: (opened: OpenedArchive, generation: string) => Promise<GoodArchive>,
  ): Promise<Restored | 'moved'> {
    const refused: RefusedArchive[] = [];
    for (const generation of await this.#options.store.generations(address)) {
      const attempt = await this.#attempt(address, generation, minEpoch, (opened) => read(opened, generation));
      if (attempt.kind === 'moved') return 'moved';
      if (attempt.kind === 'refused') {
        refused.push({ generation, error: attempt.error });
        continue;
      }
      const [first, ...others] = refused;
      return first === undefined ? { kind: 'newest', archive: attempt.value } : { kind: 'previous', archive: attempt.value, refused: [first, ...others] };
    }
    throw refused[0]?.error ?? new NoArchiveError(sessionKey(address));
  }

  /** Opens one generation and reads it. What went wrong with one that is no more, or has another header now, says nothing. */
  async #attempt<T>(address: SessionAddress, generation: string, minEpoch: number, read: (opened: OpenedArchive) => Promise<T>): Promise<Attempt<T>> {
    const { store, ring } = this.#options;
    const header = await store.header(address, generation);
    if (header === null) return { kind: 'moved' };
    try {
      const opened = await openHeader(header, { ring, address, minEpoch });
      // A name is no secret and can be forged; what it says is believed by who compares epochs.
      if (parseGeneration(generation)?.epoch !== opened.header.epoch) throw new CorruptArchiveError('it was put in the place of another');
      return { kind: 'read', value: await read(opened) };
    } catch (error) {
      if (!(error instanceof ArchiveRefusedError)) throw error;
      const now = await store.header(address, generation);
      return now?.equals(header) === true ? { kind: 'refused', error } : { kind: 'moved' };
    }
  }

  async #readThrough(opened: OpenedArchive, address: SessionAddress, generation: string, signal?: AbortSignal): Promise<GoodArchive> {
    for await (const chunk of openBody(opened, this.#options.store.body(address, generation))) if (chunk.length > 0) signal?.throwIfAborted();
    return described(generation, opened);
  }

  async #write({ address, epoch, profileDir, signal, confirm }: SealRequest, generation: string): Promise<void> {
    const { store, ring, now, randomBytes } = this.#options;
    await removeLeftSnapshots(profileDir);
    const snapshot = await snapshotProfile(profileDir, signal);
    try {
      const sealing = beginSeal({ ring, address, epoch, now: now(), randomBytes });
      const header = async (bytes: number) => {
        await confirm?.();
        return sealing.header(bytes);
      };
      const keep = (body: AsyncIterable<Uint8Array>) => store.put({ address, generation, epoch, body, header }, signal);
      await pipeline(...packDirectory(snapshot.directory), sealing.body, keep, { ...(signal && { signal }) });
    } finally {
      await snapshot.remove();
    }
  }
}

function described(generation: string, { header: { epoch, bytes, sealedAt } }: OpenedArchive): GoodArchive {
  return { generation, epoch, bytes, sealedAt };
}
