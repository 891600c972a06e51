import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { publishPages, type BuiltPages } from '../../visualizer/publish-pages.ts';

let parent: string;
let directory: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'wa-publish-'));
  onTestFinished(() => rm(parent, { recursive: true }));
  directory = join(parent, 'pages');
  await mkdir(directory);
});

/** A page of its own script, long enough that half of it could be seen. */
function build(number: number): BuiltPages {
  const script = `page-${number}.js`;
  return {
    assets: new Map([[script, Buffer.from(`${number};`.repeat(50_000))]]),
    documents: new Map([
      ['page.html', Buffer.from(`<script src="${script}">${`${number}`.repeat(1_000 * number)}</script>`)],
    ]),
  };
}

const ENCODINGS = { '': (file: Buffer) => file, '.br': brotliDecompressSync, '.gz': gunzipSync } as const;

/** The document in each encoding, each with the script that it names. */
async function visit(): Promise<readonly { readonly document: string; readonly script: string }[]> {
  return Promise.all(
    Object.entries(ENCODINGS).map(async ([encoding, decode]) => {
      const document = decode(await readFile(join(directory, `page.html${encoding}`))).toString();
      const name = /src="([^"]+)"/.exec(document)?.[1] ?? 'none';
      return { document, script: decode(await readFile(join(directory, 'assets', `${name}${encoding}`))).toString() };
    }),
  );
}
const contentOf = (number: number) => {
  const { assets, documents } = build(number);
  return { document: String(documents.get('page.html')), script: String(assets.get(`page-${number}.js`)) };
};

describe('Pages that are published over earlier ones', () => {
  it('are at each moment those or the earlier ones, whole', async () => {
    await publishPages(directory, build(1));
    for (let number = 2; number <= 5; number += 1) {
      let isPublished = false;
      const publishing = publishPages(directory, build(number)).finally(() => (isPublished = true));
      do for (const seen of await visit()) expect([contentOf(number - 1), contentOf(number)]).toContainEqual(seen);
      while (!isPublished);
      await publishing;
      for (const seen of await visit()) expect(seen).toEqual(contentOf(number));
    }
  });

  it('leave the assets of the build before for who has its page open, and nothing older', async () => {
    for (const number of [1, 2, 3]) await publishPages(directory, build(number));
    const scripts = (await readdir(join(directory, 'assets'))).filter((name) => name.endsWith('.js'));
    expect(scripts.toSorted()).toEqual(['page-2.js', 'page-3.js']);
  });

  it('leave untouched what is the same', async () => {
    await publishPages(directory, build(1));
    const before = await stat(join(directory, 'page.html'));
    await publishPages(directory, build(1));
    expect((await stat(join(directory, 'page.html'))).ino).toBe(before.ino);
  });

  it('leave no draft beside them', async () => {
    await publishPages(directory, build(1));
    expect(await readdir(parent)).toEqual(['pages']);
  });
});
