import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What a Chromium profile holds of WhatsApp Web's storage. `known`: all of it in the files that an archive takes.
 * `empty`: none. `unknown`: some of it elsewhere, or in another form, as a newer Chromium may keep it; `why` has no full
 * stop.
 */
export type ProfileShape = { readonly kind: 'known' | 'empty' } | { readonly kind: 'unknown'; readonly why: string };

const SITE = 'web.whatsapp.com';
/** Of any site, and of extensions. */
const DATABASE = /^.+\.indexeddb\.(?:leveldb|blob)$/;

/** Looks at what is there, not only for what is expected: whatever is not understood makes the shape unknown. */
export async function profileShape(profileDir: string): Promise<ProfileShape> {
  const at = (...path: string[]): string => join(profileDir, 'Default', ...path);
  const [all, databases, local, buckets] = await Promise.all([
    namesIn(at()),
    namesIn(at('IndexedDB')),
    namesIn(at('Local Storage')),
    bucketsOfSite(at('WebStorage')),
  ]);
  const strange = [
    ...all.filter((name) => isOtherStorage(name) || name.includes(SITE)),
    ...databases.filter((name) => !DATABASE.test(name)).map((name) => `IndexedDB/${name}`),
    ...local.filter((name) => name !== 'leveldb').map((name) => `Local Storage/${name}`),
    ...buckets.map((name) => `WebStorage/${name}`),
  ];
  if (strange.length > 0) return { kind: 'unknown', why: `nobody knows what ${strange.join(', ')} holds` };
  const database = databases.find((name) => name.startsWith(`https_${SITE}_`) && name.endsWith('.leveldb'));
  if (database === undefined)
    return (await mentionsSite(at('Local Storage', 'leveldb')))
      ? { kind: 'unknown', why: 'there is localStorage of WhatsApp Web, and no IndexedDB where it is looked for' }
      : { kind: 'empty' };
  return { kind: 'known' };
}

/** `LocalStorage` is one file of SQLite, beside `Local Storage`, which is a directory of LevelDB. */
function isOtherStorage(name: string): boolean {
  if (name === 'Local Storage' || name === 'IndexedDB') return false;
  return /^(?:localstorage|indexeddb)/.test(name.toLowerCase().replaceAll(/[^a-z]/g, ''));
}

/** Storage that a page keeps in a bucket of its own lies by the bucket's number, that of frames of other sites too. */
async function bucketsOfSite(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await namesIn(directory)) {
    const databases = await namesIn(join(directory, name, 'IndexedDB'));
    if (databases.some((database) => database.includes(SITE))) found.push(name);
  }
  return found;
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

async function mentionsSite(directory: string): Promise<boolean> {
  for (const name of await namesIn(directory)) {
    const bytes = await readFile(join(directory, name)).catch(() => Buffer.alloc(0));
    if (bytes.includes(SITE)) return true;
  }
  return false;
}
