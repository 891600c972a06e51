import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { nextGeneration } from '../../src/vault/archive-store.ts';
import { DirectoryArchives } from '../../src/vault/directory-archives.ts';
import { useTempDir } from '../temp-dir.ts';
import { describeArchiveStore } from './archive-store-contract.ts';

const root = mkdtempSync(join(tmpdir(), 'wa-archives-'));
afterAll(() => rm(root, { recursive: true, force: true }));
const at = (directory: string, now = () => Date.now()) => new DirectoryArchives({ directory, now, randomBytes });
const ada = { userId: 'ada', id: 'shop' };

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

const archive = (generation = nextGeneration(1, undefined)) => ({
  address: ada,
  generation,
  epoch: 1,
  body: chunks('a', 'b'),
  header: async () => Buffer.from('header'),
});

describeArchiveStore('a directory', async () => {
  const directory = join(mkdtempSync(join(root, 'store-')), 'archives');
  return { open: () => at(directory) };
});

describe('A directory of archives', () => {
  it('is readable by its owner alone', async () => {
    const directory = join(useTempDir(), 'archives');
    await at(directory).put(archive());
    const [place] = await readdir(directory);
    expect((await stat(join(directory, place ?? ''))).mode & 0o777).toBe(0o700);
    for (const name of await readdir(join(directory, place ?? ''))) {
      expect((await stat(join(directory, place ?? '', name))).mode & 0o777).toBe(0o600);
    }
  });

  it('shows nothing of a writer that died in the middle, and removes what it left an hour later', async () => {
    const directory = useTempDir();
    const generation = nextGeneration(1, undefined);
    const place = join(directory, encodeURIComponent('ada/shop'));
    await mkdir(place);
    const left = [`${generation}.body.draft-00`, `${nextGeneration(0, undefined)}.body`];
    for (const name of left) {
      await writeFile(join(place, name), 'half, or whole but without a header');
      await utimes(join(place, name), 1_000, 1_000);
    }
    expect(await at(directory).generations(ada)).toEqual([]);
    await at(directory, () => 1_000_000 + 3_599_999).put(archive(nextGeneration(1, generation)));
    expect(await readdir(place)).toEqual(expect.arrayContaining(left));
    await rm(place, { recursive: true });
    await mkdir(place);
    for (const name of left) {
      await writeFile(join(place, name), 'half, or whole but without a header');
      await utimes(join(place, name), 1_000, 1_000);
    }
    await at(directory, () => 1_000_000 + 3_600_001).put(archive());
    expect(await readdir(place)).toEqual([`${generation}.body`, `${generation}.header`]);
  });

  it('leaves nothing of whom it forgets but an empty mark, and that for a day', async () => {
    const directory = useTempDir();
    await at(directory).put(archive());
    await at(directory).forget(ada, 1);
    expect(await readdir(directory)).toEqual(['.forgotten']);
    const [mark = '', ...others] = await readdir(join(directory, '.forgotten'));
    expect(others).toEqual([]);
    expect((await stat(join(directory, '.forgotten', mark))).size).toBe(0);
    await at(directory, () => Date.now() + 86_400_000 + 60_000).forget({ userId: 'bob', id: 'shop' }, 1);
    expect(await readdir(join(directory, '.forgotten'))).toEqual([expect.stringMatching(/^bob/)]);
  });

  it('removes what a forgetting that was killed has left', async () => {
    const directory = useTempDir();
    await at(directory).put(archive());
    await rename(join(directory, encodeURIComponent('ada/shop')), join(directory, '.going-00'));
    expect(await at(directory).generations(ada)).toEqual([]);
    await at(directory).forget(ada, 1);
    expect(await readdir(directory)).toEqual(['.forgotten']);
  });

  it('passes on that the profile lost a file while it was read, and keeps nothing', async () => {
    const directory = useTempDir();
    const gone = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    async function* losing(): AsyncGenerator<Buffer> {
      yield Buffer.from('a');
      throw gone;
    }
    await expect(at(directory).put({ ...archive(), body: losing() })).rejects.toBe(gone);
    expect(await at(directory).generations(ada)).toEqual([]);
  });
});
