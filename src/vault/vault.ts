import { pipeline } from 'node:stream/promises';
import pLimit, { type LimitFunction } from 'p-limit';

import type { Credentials } from '../domain/credentials.ts';
import { ensureError, FencedError } from '../domain/errors.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import {
  ArchiveReader,
  readThrough,
  type GoodArchive,
  type DescribedArchive,
  type RefusedArchive,
  type Restored,
} from './archive-reader.ts';
import { nextGeneration, parseGeneration, type ArchiveStore } from './archive-store.ts';
import { ArchivesMovingError, UnprovenCredentialsError } from './errors.ts';
import { InTurn } from './in-turn.ts';
import type { KeyRing } from './key-ring.ts';
import { packDirectory, removeLeftDrafts, unpackDirectory } from './pack.ts';
import { removeLeftSnapshots, snapshotCredentials } from './credential-snapshot.ts';
import { beginSeal } from './seal.ts';

export interface VaultOptions {
  readonly store: ArchiveStore;
  readonly ring: KeyRing;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
  /** Sealings that run at once; the others wait. Each takes a core and tens of megabytes. @defaultValue 2 */
  readonly concurrency?: number;
}

export interface SealRequest {
  readonly address: SessionAddress;
  /** The caller's epoch; a store that keeps a newer one refuses it. */
  readonly epoch: number;
  /** Version of the program that wrote them; `null` where none is known. @defaultValue null */
  readonly writtenBy?: string | null;
  /** Their device may be running. */
  readonly credentials: Pick<Credentials, 'engine' | 'directory' | 'files' | 'unproven'>;
  readonly signal?: AbortSignal;
  /**
   * Asked once all is written and before it counts: rejects when the session is no longer the caller's. Then nothing is
   * kept.
   */
  readonly confirm?: () => Promise<void>;
}

export interface RestoreRequest {
  readonly address: SessionAddress;
  /** Archives of older epochs are refused; 0 takes any. */
  readonly minEpoch: number;
  /** Where they are to lie: that directory must not exist, or be empty. */
  readonly into: Pick<Credentials, 'engine' | 'directory'>;
  readonly signal?: AbortSignal;
}

/** The newest, and one to fall back to. */
const KEPT_GENERATIONS = 2;
const SEALS_AT_ONCE = 2;
/** Somebody else must have sealed during each of them for all to fail. */
const READ_ATTEMPTS = 5;

/** Seals the credentials of sessions and gives them back. What concerns one session happens one after the other. */
export class Vault {
  readonly #options: VaultOptions;
  readonly #reader: ArchiveReader;
  readonly #turns = new InTurn();
  readonly #places: LimitFunction;

  constructor(options: VaultOptions) {
    this.#options = options;
    this.#places = pLimit(options.concurrency ?? SEALS_AT_ONCE);
    this.#reader = new ArchiveReader(options.store, options.ring);
  }

  /**
   * Seals a session's credentials. Resolves once the archive is kept, was read back and opened; only then the
   * one before the previous goes. Rejects with `NothingToSealError`, `UnprovenCredentialsError`, `ProfileBusyError`, `ArchiveTooLargeError`,
   * `StoreUnavailableError`, with `FencedError` where a newer epoch has sealed or this one was forgotten, with what
   * `confirm` threw, or with an `ArchiveRefusedError` when what was read back is not what was written; the former
   * archives then stay.
   */
  async seal(request: SealRequest): Promise<GoodArchive> {
    return this.#turns.run(sessionKey(request.address), () =>
      inPlace(this.#places, () => this.#seal(request), request.signal),
    );
  }

  /**
   * Unpacks the newest archive that opens, all or nothing. Rejects with `NoArchiveError`,
   * `ProfileOccupiedError`, with the `ArchiveRefusedError` of the newest when none opens, `ArchivesMovingError`, and
   * with what the store threw.
   */
  async restore({ address, minEpoch, into, signal }: RestoreRequest): Promise<Restored> {
    return this.#turns.run(sessionKey(address), async () => {
      await removeLeftDrafts(into.directory);
      for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt += 1) {
        const found = await this.#reader.newestGood({ address, minEpoch, engine: into.engine }, (packed) =>
          unpackDirectory(packed, into.directory, signal),
        );
        if (found !== 'moved') return found;
      }
      throw new ArchivesMovingError(sessionKey(address), READ_ATTEMPTS);
    });
  }

  /**
   * The newest that is kept, by its name and header; whether it opens is not looked at. `null` when nothing is sealed.
   * Rejects with `ArchivesMovingError`, and with what the store threw.
   */
  async newest(address: SessionAddress): Promise<DescribedArchive | null> {
    for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt += 1) {
      const [generation = ''] = await this.#options.store.generations(address);
      const named = parseGeneration(generation);
      if (named === null) return null;
      const writer = await this.#reader.writerOf(address, generation);
      if (writer !== null) return { generation, epoch: named.epoch, ...writer };
    }
    throw new ArchivesMovingError(sessionKey(address), READ_ATTEMPTS);
  }

  /**
   * Opens every generation of a session to its last byte, newest first, without what is replaced meanwhile. Rejects
   * only when the store cannot be read.
   */
  async verify(address: SessionAddress, signal?: AbortSignal): Promise<(GoodArchive | RefusedArchive)[]> {
    const found: (GoodArchive | RefusedArchive)[] = [];
    for (const generation of await this.#options.store.generations(address)) {
      const attempt = await this.#reader.attempt({ address, minEpoch: 0 }, generation, readThrough(signal));
      if (attempt.kind === 'read') found.push(attempt.archive);
      if (attempt.kind === 'refused') found.push({ generation, error: attempt.error });
    }
    return found;
  }

  /**
   * Removes every archive of a session up to this epoch, and its data key. From then on, for a day, what is sealed with
   * such an epoch is refused, wherever a late writer runs. Waits for a sealing of ours that is under way. Idempotent.
   */
  async forget(address: SessionAddress, epoch: number): Promise<void> {
    await this.#turns.run(sessionKey(address), () => this.#options.store.forget(address, epoch));
  }

  async #seal(request: SealRequest): Promise<GoodArchive> {
    const { address, epoch, credentials, signal } = request;
    const { store } = this.#options;
    const why = await credentials.unproven();
    if (why !== null) throw new UnprovenCredentialsError(why);
    const former = await store.generations(address);
    const generation = nextGeneration(epoch, former.at(0));
    await this.#write(request, generation);
    const proof = await this.#reader.attempt({ address, minEpoch: 0 }, generation, readThrough(signal));
    // Only a newer epoch's owner, or a forgetting, removes what we have just written.
    if (proof.kind === 'moved') throw new FencedError(sessionKey(address), epoch);
    if (proof.kind === 'refused') {
      await store.remove(address, generation);
      throw proof.error;
    }
    for (const old of former.slice(KEPT_GENERATIONS - 1)) await store.remove(address, old);
    return proof.archive;
  }

  async #write(request: SealRequest, generation: string): Promise<void> {
    const { address, epoch, writtenBy, credentials, signal, confirm } = request;
    const { store, ring, now, randomBytes } = this.#options;
    await removeLeftSnapshots(credentials.directory);
    const snapshot = await snapshotCredentials(credentials, signal);
    try {
      const { engine } = credentials;
      const sealing = beginSeal({ ring, address, engine, writtenBy, epoch, now: now(), randomBytes });
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

/** Does its work when there is a place. What is told to stop while it waits does not wait any more. */
function inPlace<T>(places: LimitFunction, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(ensureError(signal?.reason));
    if (signal?.aborted === true) return leave();
    signal?.addEventListener('abort', leave, { once: true });
    const begin = async (): Promise<T> => {
      signal?.removeEventListener('abort', leave);
      signal?.throwIfAborted();
      return work();
    };
    places(begin).then(resolve, reject);
  });
}
