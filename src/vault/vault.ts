import { pipeline } from 'node:stream/promises';

import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { nextGeneration, type ArchiveStore } from './archive-store.ts';
import { ArchiveRefusedError, NoArchiveError } from './errors.ts';
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

/** One generation that opens. */
export interface GoodArchive {
  readonly generation: string;
  readonly epoch: number;
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

/** The newest, and one to fall back to. */
const KEPT_GENERATIONS = 2;

/** Seals the logins of profiles and gives them back. What concerns one session happens one after the other. */
export class Vault {
  readonly #options: VaultOptions;
  readonly #turns = new InTurn();

  constructor(options: VaultOptions) {
    this.#options = options;
  }

  /**
   * Seals the login that lies in a profile. Resolves once the archive is kept, was read back and opened; only then the one before the
   * previous goes. Rejects with `NothingToSealError`, `ProfileBusyError`, `ArchiveTooLargeError`, `FencedError`, `StoreUnavailableError`,
   * what `confirm` threw, or an `ArchiveRefusedError` when what was read back is not what was written; the former archives then stay.
   */
  async seal(request: SealRequest): Promise<GoodArchive> {
    return this.#turns.run(sessionKey(request.address), async () => {
      const { address, epoch, signal } = request;
      const { store } = this.#options;
      const former = await store.generations(address);
      const generation = nextGeneration(epoch, former.at(0));
      await this.#write(request, generation);
      try {
        const sealed = await this.#prove(address, generation, 0, signal);
        for (const old of former.slice(KEPT_GENERATIONS - 1)) await store.remove(address, old);
        return sealed;
      } catch (error) {
        if (error instanceof ArchiveRefusedError) await store.remove(address, generation);
        throw error;
      }
    });
  }

  /**
   * Unpacks the newest archive that opens into a profile, all or nothing. Rejects with `NoArchiveError`, `ProfileOccupiedError`, with the
   * `ArchiveRefusedError` of the newest when none opens, and with what the store threw.
   */
  async restore({ address, minEpoch, into, signal }: RestoreRequest): Promise<Restored> {
    return this.#turns.run(sessionKey(address), async () => {
      await removeLeftDrafts(into);
      const refused: RefusedArchive[] = [];
      for (const generation of await this.#options.store.generations(address)) {
        try {
          const opened = await this.#open(address, generation, minEpoch);
          await unpackDirectory(openBody(opened, this.#options.store.body(address, generation)), into, signal);
          const archive = described(generation, opened);
          const [first, ...others] = refused;
          return first === undefined ? { kind: 'newest', archive } : { kind: 'previous', archive, refused: [first, ...others] };
        } catch (error) {
          if (!(error instanceof ArchiveRefusedError)) throw error;
          refused.push({ generation, error });
        }
      }
      throw refused[0]?.error ?? new NoArchiveError(sessionKey(address));
    });
  }

  /** Opens every generation of a session to its last byte, newest first. Rejects only when the store cannot be read. */
  async verify(address: SessionAddress, signal?: AbortSignal): Promise<(GoodArchive | RefusedArchive)[]> {
    const found: (GoodArchive | RefusedArchive)[] = [];
    for (const generation of await this.#options.store.generations(address)) {
      try {
        found.push(await this.#prove(address, generation, 0, signal));
      } catch (error) {
        if (!(error instanceof ArchiveRefusedError)) throw error;
        found.push({ generation, error });
      }
    }
    return found;
  }

  /** Removes every archive of a session and its data key. Waits for a sealing that is under way. Idempotent. */
  async forget(address: SessionAddress): Promise<void> {
    await this.#turns.run(sessionKey(address), () => this.#options.store.forget(address));
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

  /** Reads an archive to its end. */
  async #prove(address: SessionAddress, generation: string, minEpoch: number, signal?: AbortSignal): Promise<GoodArchive> {
    const opened = await this.#open(address, generation, minEpoch);
    for await (const chunk of openBody(opened, this.#options.store.body(address, generation))) if (chunk.length > 0) signal?.throwIfAborted();
    return described(generation, opened);
  }

  async #open(address: SessionAddress, generation: string, minEpoch: number): Promise<OpenedArchive> {
    const { store, ring } = this.#options;
    const header = await store.header(address, generation);
    if (header === null) throw new NoArchiveError(sessionKey(address));
    return openHeader(header, { ring, address, minEpoch });
  }
}

function described(generation: string, { header: { epoch, bytes, sealedAt } }: OpenedArchive): GoodArchive {
  return { generation, epoch, bytes, sealedAt };
}
