import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { ensureError, FencedError } from '../domain/errors.ts';
import { parseSessionKey, sessionKey, type SessionAddress } from '../domain/session.ts';
import { newerEpoch, newestFirst, type ArchiveStore, type NewArchive } from './archive-store.ts';

export interface DirectoryArchivesOptions {
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

const BODY = '.body';
const HEADER = '.header';
const DRAFT = '.draft-';
const READ_BYTES = 256 * 1024;
/** A draft this old, or a body without a header, has no writer any more: an archive takes seconds. */
const DRAFT_LIFETIME_MS = 3_600_000;

/**
 * Archives in a directory: two files each, written beside, flushed to the disk and renamed, the header last. Several nodes may share it
 * on a file system that renames in one step.
 */
export class DirectoryArchives implements ArchiveStore {
  readonly name = 'directory';
  readonly #options: DirectoryArchivesOptions;

  constructor(options: DirectoryArchivesOptions) {
    this.#options = options;
  }

  async put({ address, generation, epoch, body, header }: NewArchive, signal?: AbortSignal): Promise<void> {
    const place = this.#placeOf(address);
    await mkdir(place, { recursive: true, mode: 0o700 });
    await this.#removeOldDrafts(place);
    await refuseOld(place, address, epoch);
    const bodyPath = join(place, `${generation}${BODY}`);
    const bytes = await this.#write(bodyPath, body, signal);
    try {
      const bytesOfHeader = await header(bytes);
      signal?.throwIfAborted();
      await refuseOld(place, address, epoch);
      await this.#write(join(place, `${generation}${HEADER}`), [bytesOfHeader]);
    } catch (error) {
      await rm(bodyPath, { force: true });
      throw error;
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
    await this.#write(path, [next]);
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

  async forget(address: SessionAddress): Promise<void> {
    const place = this.#placeOf(address);
    const names = (await unlessGone(readdir(place))) ?? [];
    const bodiesFirst = names.sort((one, other) => Number(one.endsWith(HEADER)) - Number(other.endsWith(HEADER)));
    for (const name of bodiesFirst) await rm(join(place, name), { force: true });
    await rm(place, { recursive: true, force: true, maxRetries: 3 });
    await unlessGone(flush(this.#options.directory));
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

  /** Writes a file whole or not at all, and to the disk. Returns its length. */
  async #write(path: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, signal?: AbortSignal): Promise<number> {
    const draft = `${path}${DRAFT}${this.#options.randomBytes(6).toString('hex')}`;
    try {
      const file = await open(draft, 'wx', 0o600);
      let bytes = 0;
      try {
        for await (const chunk of chunks) {
          signal?.throwIfAborted();
          bytes += await writeWhole(file, chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
      await flush(join(path, '..'));
      return bytes;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async #removeOldDrafts(place: string): Promise<void> {
    const names = await readdir(place);
    const unknown = (name: string) => name.includes(DRAFT) || (name.endsWith(BODY) && !names.includes(`${basename(name, BODY)}${HEADER}`));
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

async function refuseOld(place: string, address: SessionAddress, epoch: number): Promise<void> {
  if (newerEpoch(await generationsIn(place), epoch) !== null) throw new FencedError(sessionKey(address), epoch);
}

function addressOf(name: string): SessionAddress | null {
  try {
    return parseSessionKey(decodeURIComponent(name));
  } catch {
    return null;
  }
}

async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<number> {
  for (let written = 0; written < chunk.length; ) written += (await file.write(chunk, written)).bytesWritten;
  return chunk.length;
}

/** A rename is on the disk once its directory is. */
async function flush(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlessGone<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (thrown) {
    const error: NodeJS.ErrnoException = ensureError(thrown);
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
