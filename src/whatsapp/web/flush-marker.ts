import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STORAGE = join('Default', 'Local Storage');
const MARK_BYTES = 12;
/** Ten times what Chromium takes at most, with `--enable-aggressive-domstorage-flushing`. */
const MARK_AGAIN_MS = 10_000;

const BLOCK_BYTES = 32_768;
const RECORD_HEADER_BYTES = 7;
const LENGTH_OFFSET = 4;

export interface FlushMarkerOptions {
  readonly profileDir: string;
  /** Has the page run `storeFlushMarker` with this mark. Rejects when the page does not answer. */
  readonly write: (mark: string, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

/**
 * Tells when what a page has stored is on the disk, where the death of its browser cannot take it. IndexedDB hands each
 * transaction to the kernel when it commits; localStorage is kept back by the browser and then written in one piece, so
 * that a mark that was set last and is found in the files vouches for all that was set before. Measured:
 * `docs/vault.md`.
 */
export class FlushMarker {
  readonly #options: FlushMarkerOptions;
  readonly #bytes: number;
  readonly #marks: string[] = [];
  #markedAt = Number.NEGATIVE_INFINITY;
  #hasReached = false;

  constructor(options: FlushMarkerOptions, bytes = MARK_BYTES) {
    this.#options = options;
    this.#bytes = bytes;
  }

  /**
   * Whether everything that the page had stored when this was first asked is on the disk. Ask again while it says no.
   * Rejects as `write` does.
   */
  async hasReachedDisk(signal: AbortSignal): Promise<boolean> {
    const { profileDir, write, now, randomBytes } = this.#options;
    if (this.#hasReached) return true;
    if (now() - this.#markedAt > MARK_AGAIN_MS) {
      const mark = randomBytes(this.#bytes).toString('hex');
      await write(mark, signal);
      this.#marks.push(mark);
      this.#markedAt = now();
    }
    this.#hasReached = await isAnyIn(join(profileDir, STORAGE), this.#marks);
    return this.#hasReached;
  }
}

/** How often a mark is looked for (ms): it reaches the disk within a second. */
const LOOK_MS = 250;

/** More than is left of the last block of a file: on a full disk a short mark still finds room there. */
const LONG_MARK_BYTES = 4_096;

/** Whether a mark that is stored now is found on the disk before the signal's end. Rejects as `write` does. */
export async function reachesDisk(options: FlushMarkerOptions, signal: AbortSignal): Promise<boolean> {
  const marker = new FlushMarker(options, LONG_MARK_BYTES);
  while (!(await marker.hasReachedDisk(signal))) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
  }
  return true;
}

async function isAnyIn(directory: string, marks: readonly string[]): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((found) => found.isFile())) {
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
    const payload = entry.name.endsWith('.log') ? recordsOf(bytes) : bytes;
    if (marks.some((mark) => payload.includes(mark))) return true;
  }
  return false;
}

/** What a log of LevelDB holds, without the headers that it puts between the pieces of a record at each block's end. */
function recordsOf(log: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at + RECORD_HEADER_BYTES <= log.length;) {
    const length = log.readUInt16LE(at + LENGTH_OFFSET);
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    // The end of a block that no header fits into, or one that was never written.
    if (left < RECORD_HEADER_BYTES || length === 0) {
      at += left;
      continue;
    }
    pieces.push(log.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length));
    at += RECORD_HEADER_BYTES + length;
  }
  return Buffer.concat(pieces);
}
