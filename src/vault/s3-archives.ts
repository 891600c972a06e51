import { parseSessionKey, sessionKey, type SessionAddress } from '../domain/session.ts';
import { newestFirst, parseGeneration, type ArchiveStore, type NewArchive } from './archive-store.ts';
import { ArchivesMovingError } from './errors.ts';
import { rechunked } from './rechunked.ts';
import type { S3BucketOptions } from '../config/storage-config.ts';
import { S3Bucket, type StoredObject } from './s3-bucket.ts';
import { decodeIndex, EMPTY_INDEX, encodeIndex, refuseOld, type ArchiveIndex, type IndexEntry } from './s3-index.ts';

export interface S3ArchivesOptions extends S3BucketOptions {
  /** Of all our objects' names. */
  readonly prefix: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

const INDEX = 'index.json';
/** What a sealing holds in memory of its body. */
const PART_BYTES = 8 * 1024 * 1024;
/** Conditional writes of one index that others may win before us. */
const INDEX_ATTEMPTS = 10;

/**
 * Archives in S3-compatible object storage that heeds conditions on writes (`If-Match`, `If-None-Match`: AWS, MinIO,
 * R2, Ceph). A body lies in numbered parts under a name that nobody else uses; the index of a session, with its
 * headers, is one object that is replaced only by who has seen it. What was forgotten leaves an index without archives.
 */
export class S3Archives implements ArchiveStore {
  readonly name = 's3';
  readonly #options: S3ArchivesOptions;
  readonly #bucket: S3Bucket;

  constructor(options: S3ArchivesOptions) {
    this.#options = options;
    this.#bucket = new S3Bucket(options);
  }

  async put({ address, generation, epoch, body, header }: NewArchive, signal?: AbortSignal): Promise<void> {
    const { now, randomBytes } = this.#options;
    refuseOld((await this.#read(address)).index, address, epoch, now());
    const folder = `${generation}-${randomBytes(8).toString('hex')}`;
    const written: string[] = [];
    try {
      let bytes = 0;
      for await (const part of rechunked(body, PART_BYTES)) {
        signal?.throwIfAborted();
        const key = this.#partOf(address, folder, written.length);
        written.push(key);
        await this.#bucket.write(key, part, { kind: 'none' }, signal);
        bytes += part.length;
      }
      const entry: IndexEntry = {
        header: (await header(bytes)).toString('base64'),
        body: folder,
        parts: written.length,
      };
      signal?.throwIfAborted();
      await this.#change(address, (index) => {
        refuseOld(index, address, epoch, now());
        return { ...index, generations: { ...index.generations, [generation]: entry } };
      });
    } catch (error) {
      // Where the store is away they stay, sealed with a key that nobody has, until the session is forgotten.
      await this.#bucket.remove(written).catch(() => undefined);
      throw error;
    }
  }

  async generations(address: SessionAddress): Promise<string[]> {
    return newestFirst(Object.keys((await this.#read(address)).index.generations));
  }

  async header(address: SessionAddress, generation: string): Promise<Buffer | null> {
    const entry = await this.#entry(address, generation);
    return entry === undefined ? null : Buffer.from(entry.header, 'base64');
  }

  async *body(address: SessionAddress, generation: string): AsyncGenerator<Uint8Array, void, undefined> {
    const entry = await this.#entry(address, generation);
    for (let part = 0; part < (entry?.parts ?? 0); part += 1) {
      const stored = await this.#bucket.read(this.#partOf(address, entry?.body ?? '', part));
      if (stored === null) return;
      yield stored.bytes;
    }
  }

  async replaceHeader(address: SessionAddress, generation: string, expected: Buffer, next: Buffer): Promise<boolean> {
    return this.#change(address, (index) => {
      const entry = index.generations[generation];
      if (entry === undefined || !Buffer.from(entry.header, 'base64').equals(expected)) return null;
      return {
        ...index,
        generations: { ...index.generations, [generation]: { ...entry, header: next.toString('base64') } },
      };
    });
  }

  async remove(address: SessionAddress, generation: string): Promise<void> {
    const entry = await this.#entry(address, generation);
    if (entry === undefined) return;
    await this.#bucket.remove(
      Array.from({ length: entry.parts }, (_, part) => this.#partOf(address, entry.body, part)),
    );
    await this.#change(address, (index) => ({ ...index, generations: without(index, (name) => name === generation) }));
  }

  async forget(address: SessionAddress, epoch: number): Promise<void> {
    const isForgotten = (name: string) => (parseGeneration(name)?.epoch ?? 0) <= epoch;
    await this.#change(address, (index) => ({
      generations: without(index, isForgotten),
      forgotten: { upTo: Math.max(epoch, index.forgotten?.upTo ?? epoch), at: this.#options.now() },
    }));
    const place = this.#placeOf(address);
    const keys: string[] = [];
    for await (const key of this.#bucket.keys(place)) keys.push(key);
    await this.#bucket.remove(
      keys.filter((key) => key !== `${place}${INDEX}` && isForgotten(generationOf(key.slice(place.length)))),
    );
  }

  async *addresses(): AsyncGenerator<SessionAddress, void, undefined> {
    for await (const folder of this.#bucket.folders(`${this.#options.prefix}/`)) {
      const address = addressOf(folder);
      if (address !== null && (await this.generations(address)).length > 0) yield address;
    }
  }

  async #entry(address: SessionAddress, generation: string): Promise<IndexEntry | undefined> {
    return (await this.#read(address)).index.generations[generation];
  }

  async #read(
    address: SessionAddress,
  ): Promise<{ readonly index: ArchiveIndex; readonly stored: StoredObject | null }> {
    const stored = await this.#bucket.read(`${this.#placeOf(address)}${INDEX}`);
    return { index: stored === null ? EMPTY_INDEX : decodeIndex(stored.bytes), stored };
  }

  /** Replaces the index by what `change` makes of the newest. `false`, and nothing done, where that is `null`. */
  async #change(address: SessionAddress, change: (index: ArchiveIndex) => ArchiveIndex | null): Promise<boolean> {
    for (let attempt = 1; attempt <= INDEX_ATTEMPTS; attempt += 1) {
      const { index, stored } = await this.#read(address);
      const next = change(index);
      if (next === null) return false;
      const condition =
        stored === null ? ({ kind: 'absent' } as const) : ({ kind: 'unchanged', etag: stored.etag } as const);
      if (await this.#bucket.write(`${this.#placeOf(address)}${INDEX}`, encodeIndex(next), condition)) return true;
    }
    throw new ArchivesMovingError(sessionKey(address), INDEX_ATTEMPTS);
  }

  #placeOf(address: SessionAddress): string {
    return `${this.#options.prefix}/${encodeURIComponent(sessionKey(address))}/`;
  }

  #partOf(address: SessionAddress, folder: string, part: number): string {
    return `${this.#placeOf(address)}${folder}/${String(part).padStart(6, '0')}`;
  }
}

function without({ generations }: ArchiveIndex, isGone: (name: string) => boolean): ArchiveIndex['generations'] {
  return Object.fromEntries(Object.entries(generations).filter(([name]) => !isGone(name)));
}

/** Of a folder's name: the generation and a random end. */
function generationOf(path: string): string {
  return path.split('/', 1)[0]?.replace(/-[0-9a-f]+$/, '') ?? '';
}

function addressOf(folder: string): SessionAddress | null {
  try {
    return parseSessionKey(decodeURIComponent(folder));
  } catch {
    return null;
  }
}
