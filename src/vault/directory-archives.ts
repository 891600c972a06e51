import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { FencedError, StoreUnavailableError } from '../domain/errors.ts';
import { parseSessionKey, sessionKey, type SessionAddress } from '../domain/session.ts';
import { newerEpoch, newestFirst, parseGeneration, type ArchiveStore, type NewArchive } from './archive-store.ts';
import { isGone, unlessGone } from '../host/missing-file.ts';
import { flushDirectory, writeDurably } from './durable-file.ts';
import { ForgottenPlaces } from './forgotten-places.ts';

export interface DirectoryArchivesOptions {
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

const BODY = '.body';
const HEADER = '.header';
const DRAFT = '.draft-';
/** Neither is the name of a session's place: that has a slash in it, encoded. */
const FORGOTTEN = '.forgotten';
const GOING = '.going-';
const READ_BYTES = 256 * 1024;
/** A draft this old, or a body without a header, has no writer any more: an archive takes seconds. */
const DRAFT_LIFETIME_MS = 3_600_000;

/**
 * Archives in a directory: two files each, written beside, flushed to the disk and renamed, the header last. Several
 * nodes may share it on a file system that renames in one step.
 */
export class DirectoryArchives implements ArchiveStore {
  readonly name = 'directory';
  readonly #options: DirectoryArchivesOptions;
  readonly #forgotten: ForgottenPlaces;

  constructor(options: DirectoryArchivesOptions) {
    this.#options = options;
    this.#forgotten = new ForgottenPlaces({ ...options, directory: join(options.directory, FORGOTTEN) });
  }

  async put({ address, generation, epoch, body, header }: NewArchive, signal?: AbortSignal): Promise<void> {
    const place = this.#placeOf(address);
    await mkdir(place, { recursive: true, mode: 0o700 });
    await this.#removeOldDrafts(place);
    await this.#refuseOld(address, epoch);
    const bodyPath = join(place, `${generation}${BODY}`);
    try {
      const bytes = await this.#write(bodyPath, body, signal);
      const bytesOfHeader = await header(bytes);
      signal?.throwIfAborted();
      await this.#refuseOld(address, epoch);
      await this.#write(join(place, `${generation}${HEADER}`), [bytesOfHeader]);
    } catch (error) {
      await rm(bodyPath, { force: true });
      if (!isGone(error)) throw error;
      // A forgetting has moved the place away, and with it what we were writing.
      await this.#refuseOld(address, epoch);
      throw (await unlessGone(stat(place))) === null ? new StoreUnavailableError(error) : error;
    }
  }

  async generations(address: SessionAddress): Promise<string[]> {
    return generationsIn(this.#placeOf(address));
  }

  async header(address: SessionAddress, generation: string): Promise<Buffer | null> {
    return unlessGone(readFile(join(this.#placeOf(address), `${generation}${HEADER}`)));
  }

  async *body(address: SessionAddress, generation: string): AsyncGenerator<Uint8Array, void, undefined> {
    const path = join(this.#placeOf(address), `${generation}${BODY}`);
    if ((await unlessGone(stat(path))) === null) return;
    yield* createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Uint8Array>;
  }

  async replaceHeader(address: SessionAddress, generation: string, expected: Buffer, next: Buffer): Promise<boolean> {
    const place = this.#placeOf(address);
    const path = join(place, `${generation}${HEADER}`);
    const kept = await unlessGone(readFile(path));
    if (kept === null || !kept.equals(expected)) return false;
    if ((await unlessGone(this.#write(path, [next]))) === null) return false;
    // Somebody may have removed the generation meanwhile: then it must not come back.
    if ((await unlessGone(stat(join(place, `${generation}${BODY}`)))) !== null) return true;
    await rm(path, { force: true });
    return false;
  }

  async remove(address: SessionAddress, generation: string): Promise<void> {
    const place = this.#placeOf(address);
    await rm(join(place, `${generation}${BODY}`), { force: true });
    await rm(join(place, `${generation}${HEADER}`), { force: true });
  }

  async forget(address: SessionAddress, epoch: number): Promise<void> {
    const { directory } = this.#options;
    await this.#forgotten.remember(basename(this.#placeOf(address)), epoch);
    const kept = await this.generations(address);
    if (newerEpoch(kept, epoch) === null) await this.#moveAway(address);
    else for (const name of kept) if ((parseGeneration(name)?.epoch ?? 0) <= epoch) await this.remove(address, name);
    const names = await readdir(directory);
    // Those too that a forgetting which did not come to its end has left.
    for (const name of names.filter((found) => found.startsWith(GOING))) await removeBodiesFirst(join(directory, name));
    await flushDirectory(directory);
  }

  async *addresses(): AsyncGenerator<SessionAddress, void, undefined> {
    for (const name of (await unlessGone(readdir(this.#options.directory))) ?? []) {
      const address = addressOf(name);
      if (address !== null && (await this.generations(address)).length > 0) yield address;
    }
  }

  #placeOf(address: SessionAddress): string {
    return join(this.#options.directory, encodeURIComponent(sessionKey(address)));
  }

  #write(
    path: string,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<number> {
    return writeDurably({
      path,
      draft: `${path}${DRAFT}${this.#options.randomBytes(6).toString('hex')}`,
      chunks,
      signal,
    });
  }

  /**
   * In one step: a writer that has passed its last check finds its own drafts gone, and can no longer make them known.
   */
  async #moveAway(address: SessionAddress): Promise<void> {
    const { directory, randomBytes } = this.#options;
    await unlessGone(rename(this.#placeOf(address), join(directory, `${GOING}${randomBytes(6).toString('hex')}`)));
  }

  async #refuseOld(address: SessionAddress, epoch: number): Promise<void> {
    const place = this.#placeOf(address);
    const isForgotten = (await this.#forgotten.newestOf(basename(place))) >= epoch;
    if (isForgotten || newerEpoch(await generationsIn(place), epoch) !== null)
      throw new FencedError(sessionKey(address), epoch);
  }

  async #removeOldDrafts(place: string): Promise<void> {
    const names = await readdir(place);
    const unknown = (name: string) =>
      name.includes(DRAFT) || (name.endsWith(BODY) && !names.includes(`${basename(name, BODY)}${HEADER}`));
    for (const name of names.filter(unknown)) {
      const path = join(place, name);
      const found = await unlessGone(stat(path));
      if (found !== null && this.#options.now() - found.mtimeMs > DRAFT_LIFETIME_MS) await rm(path, { force: true });
    }
  }
}

async function generationsIn(place: string): Promise<string[]> {
  const names = (await unlessGone(readdir(place))) ?? [];
  return newestFirst(names.filter((name) => name.endsWith(HEADER)).map((name) => basename(name, HEADER)));
}

function addressOf(name: string): SessionAddress | null {
  try {
    return parseSessionKey(decodeURIComponent(name));
  } catch {
    return null;
  }
}

async function removeBodiesFirst(place: string): Promise<void> {
  const names = (await unlessGone(readdir(place))) ?? [];
  const bodiesFirst = names.sort((one, other) => Number(one.endsWith(HEADER)) - Number(other.endsWith(HEADER)));
  for (const name of bodiesFirst) await rm(join(place, name), { force: true });
  await rm(place, { recursive: true, force: true, maxRetries: 3 });
}
