import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diskUsage } from '../../host/disk-usage.ts';

/** WhatsApp Web itself, and what it has shown lately. */
export const CACHE_BYTES = 48 * 2 ** 20;

/**
 * Where the browser of a profile keeps its HTTP cache: apart from all else, so that it can be measured and thrown away.
 * Chromium's `--disk-cache-size` does nothing in a headless shell: 600 MB of media became 603 MB of cache (measured).
 */
export const cacheDirIn = (profileDir: string): string => join(profileDir, 'cache');

export interface BoundedCacheOptions {
  readonly directory: string;
  /** From how much on it is emptied. */
  readonly bytes: number;
  /** Has the browser empty it. */
  readonly clear: () => Promise<void>;
}

/** Keeps a browser's HTTP cache within a bound: looked at now and then, and emptied where it has grown beyond. */
export class BoundedCache {
  readonly #options: BoundedCacheOptions;
  #looking: Promise<void> | null = null;

  constructor(options: BoundedCacheOptions) {
    this.#options = options;
  }

  /** Before a browser opens: what its predecessor has left too much of goes. */
  async prepare(): Promise<void> {
    const { directory, bytes } = this.#options;
    if ((await diskUsage(directory)) > bytes) await rm(directory, { recursive: true, force: true });
  }

  /** While it runs. One look at a time; never rejects: a browser that does not answer is the probes' to find. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(() => undefined)
      .finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { directory, bytes, clear } = this.#options;
    if ((await diskUsage(directory)) > bytes) await clear();
  }
}
