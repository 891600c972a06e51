import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** What was built: contents by file name. */
export interface BuiltPages {
  /** Named after their content, so that what has the same name is the same. */
  readonly assets: ReadonlyMap<string, Uint8Array>;
  /** What names assets, and the rest that keeps its name. */
  readonly documents: ReadonlyMap<string, Uint8Array>;
}

/** What the last build consisted of. */
const LIST = 'assets.json';

/**
 * Puts pages where a service may be serving earlier ones: each file is written beside and renamed, the documents last,
 * so that every document is whole and names what is there. The assets of the build before stay until the next, for who
 * has its documents open. Everything is there once more as brotli and as gzip.
 */
export async function publishPages(directory: string, { assets, documents }: BuiltPages): Promise<void> {
  const assetsDirectory = join(directory, 'assets');
  await mkdir(assetsDirectory, { recursive: true });
  const before = await listed(directory);
  // Beside, not below: a rename between file systems would be a copy.
  const draft = await mkdtemp(join(dirname(directory), `.${basename(directory)}-`));
  try {
    for (const [into, files] of [
      [assetsDirectory, assets],
      [directory, documents],
    ] as const) {
      const drafted = await Promise.all([...files].map(([name, content]) => write(draft, name, content)));
      for (const name of drafted.flat()) await replace(join(draft, name), join(into, name));
    }
    const names = [...assets.keys()];
    await writeFile(join(draft, LIST), JSON.stringify(names));
    await rename(join(draft, LIST), join(directory, LIST));
    await removeAllBut(new Set([...names, ...before]), assetsDirectory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Asset names of the last build; none when there was none. */
async function listed(directory: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await readFile(join(directory, LIST), 'utf8')) as string[]; // our own file
  } catch {
    return [];
  }
}

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** Resolves to the names of what it has written. */
async function write(directory: string, name: string, content: Uint8Array): Promise<readonly string[]> {
  const [smallest, small] = await Promise.all([
    brotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    zip(content, { level: 9 }),
  ]);
  await Promise.all([
    writeFile(join(directory, name), content),
    writeFile(join(directory, `${name}.br`), smallest),
    writeFile(join(directory, `${name}.gz`), small),
  ]);
  return [name, `${name}.br`, `${name}.gz`];
}

/** What has not changed stays: who is answering with it has looked at its length already. */
async function replace(draft: string, path: string): Promise<void> {
  const present = await readFile(path).catch(() => null);
  if (present === null || !present.equals(await readFile(draft))) await rename(draft, path);
}

async function removeAllBut(kept: ReadonlySet<string>, directory: string): Promise<void> {
  const stale = (await readdir(directory)).filter((name) => !kept.has(name.replace(/\.(?:br|gz)$/, '')));
  await Promise.all(stale.map((name) => rm(join(directory, name), { force: true })));
}
