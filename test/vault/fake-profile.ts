import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const DATABASE = 'Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.leveldb';

/** What `writeProfile` makes and an archive must bring back. */
export const LOGIN_PATHS = [
  `${DATABASE}/000003.log`,
  `${DATABASE}/000005.ldb`,
  `${DATABASE}/CURRENT`,
  `${DATABASE}/MANIFEST-000001`,
  'Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.blob/1/00/3',
  'Default/Local Storage/leveldb/000003.log',
  'Default/Local Storage/leveldb/CURRENT',
  'Default/Local Storage/leveldb/MANIFEST-000001',
];

const OTHER_PATHS = [
  `${DATABASE}/LOCK`,
  `${DATABASE}/LOG`,
  'Default/Cache/Cache_Data/data_0',
  'Default/Code Cache/js/index',
  'Default/Cookies',
  'Default/Preferences',
  'Crash Reports/new/1.dmp',
  'Local State',
];

/** A directory that looks as a browser's profile does, with random bytes of this many in its largest file. */
export async function writeProfile(profileDir: string, bytes = 100_000): Promise<void> {
  for (const path of [...LOGIN_PATHS, ...OTHER_PATHS]) {
    await mkdir(dirname(join(profileDir, path)), { recursive: true });
    await writeFile(
      join(profileDir, path),
      path.endsWith('.ldb') ? randomBytes(bytes) : `${path} ${randomBytes(16).toString('hex')}`,
    );
  }
}

/** Every file below a directory, by its path from there. */
export async function contentsOf(directory: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const read = await Promise.all(paths.map(async (path) => [relative(directory, path), await readFile(path)] as const));
  return new Map(read.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Of what a profile holds, what an archive must bring back. */
export async function loginOf(profileDir: string): Promise<Map<string, Buffer>> {
  return new Map([...(await contentsOf(profileDir))].filter(([path]) => LOGIN_PATHS.includes(path)));
}
