import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { epochDigits, FORGOTTEN_FOR_MS } from './archive-store.ts';
import { unlessGone } from '../host/missing-file.ts';
import { writeDurably } from './durable-file.ts';

interface ForgottenPlacesOptions {
  /** Made when it is needed first. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

const MARK = /^(?<place>.*)~(?<epoch>\d{16})$/;
const DRAFT = '.draft-';

/**
 * Up to which epoch each place was forgotten: an empty file each, on the disk before anything is removed, that goes
 * after a day.
 */
export class ForgottenPlaces {
  readonly #options: ForgottenPlacesOptions;

  constructor(options: ForgottenPlacesOptions) {
    this.#options = options;
  }

  async remember(place: string, epoch: number): Promise<void> {
    const { directory, randomBytes } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await this.#removeOld();
    const path = join(directory, `${place}~${epochDigits(epoch)}`);
    await writeDurably({ path, draft: `${path}${DRAFT}${randomBytes(6).toString('hex')}`, chunks: [] });
  }

  /** The newest epoch that was forgotten; -1 when none was. */
  async newestOf(place: string): Promise<number> {
    const names = (await unlessGone(readdir(this.#options.directory))) ?? [];
    const marks = names.map((name) => MARK.exec(name)?.groups).filter((mark) => mark?.['place'] === place);
    return Math.max(-1, ...marks.map((mark) => Number(mark?.['epoch'])));
  }

  async #removeOld(): Promise<void> {
    const { directory, now } = this.#options;
    for (const name of await readdir(directory)) {
      const found = await unlessGone(stat(join(directory, name)));
      if (found !== null && now() - found.mtimeMs > FORGOTTEN_FOR_MS) await rm(join(directory, name), { force: true });
    }
  }
}
