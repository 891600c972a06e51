import { statfs } from 'node:fs/promises';

import type { Clock } from '../domain/clock.ts';
import { every, type Recurring } from '../domain/every.ts';
import { diskUsage, TMPFS } from './disk-usage.ts';

/** What the file system that holds profiles says of itself (statfs). */
interface FileSystemSpace {
  readonly type: number;
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
}

/** Asks for it. Rejects where it cannot be told. */
export type LookAtSpace = (directory: string) => Promise<FileSystemSpace>;

/** The place of the live profiles. */
export interface ProfileSpaceReading {
  /** What is stored there takes memory. */
  readonly isInMemory: boolean;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** So little is free that nothing more should be launched there. */
  readonly isShort: boolean;
}

interface ProfileSpaceOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** @defaultValue the kernel's */
  readonly look?: LookAtSpace;
  /** `isShort` has changed, which is false at first. */
  readonly onChange: (reading: ProfileSpaceReading) => void;
}

const EVERY_MS = 5_000;
/** To add up a hundred profiles is some 30,000 files. */
const USAGE_GOOD_FOR_MS = 60_000;
const MIB = 2 ** 20;
/** What must stay free: a browser that cannot write loses what its page stores, and says nothing. */
const NEEDED_BYTES = 256 * MIB;
/** Of a small place, so much of it. */
const NEEDED_PART = 0.1;
/** Once short, it is so until there is a quarter more than needed. */
const RELEASE_AT = 1.25;

/** Watches the place of the live profiles, so that it is known to be short before it is full. */
export class ProfileSpace {
  readonly #options: ProfileSpaceOptions;
  #looking: Recurring | null = null;
  #reading: ProfileSpaceReading | null = null;
  #usage: { readonly at: number; readonly bytes: Promise<number> } | null = null;

  constructor(options: ProfileSpaceOptions) {
    this.#options = options;
  }

  start(): void {
    // A place that is not there yet, or cannot be asked, says nothing.
    const look = () => this.#look().catch(() => undefined);
    this.#looking ??= every(this.#options.clock, EVERY_MS, look, { firstMs: 0 });
  }

  /** As it was seen last; `null` where it cannot be told. */
  get reading(): ProfileSpaceReading | null {
    return this.#reading;
  }

  /** What all profiles take there, in bytes, a minute ago at most. */
  usage(): Promise<number> {
    const now = this.#options.clock.now();
    if (this.#usage === null || now - this.#usage.at >= USAGE_GOOD_FOR_MS)
      this.#usage = { at: now, bytes: diskUsage(this.#options.directory) };
    return this.#usage.bytes;
  }

  stop(): void {
    void this.#looking?.stop();
  }

  async #look(): Promise<void> {
    const { directory, onChange, look = statfs } = this.#options;
    const wasShort = this.#reading?.isShort === true;
    this.#reading = readingOf(await look(directory), wasShort);
    if (this.#reading.isShort !== wasShort) onChange(this.#reading);
  }
}

function readingOf({ type, bsize, blocks, bavail }: FileSystemSpace, wasShort: boolean): ProfileSpaceReading {
  const [totalBytes, freeBytes] = [blocks * bsize, bavail * bsize];
  const needed = Math.min(NEEDED_BYTES, totalBytes * NEEDED_PART) * (wasShort ? RELEASE_AT : 1);
  // Some file systems, of a network mostly, do not say how large they are.
  return { isInMemory: type === TMPFS, totalBytes, freeBytes, isShort: totalBytes > 0 && freeBytes < needed };
}
