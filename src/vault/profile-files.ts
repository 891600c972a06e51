/** A part of a Chromium profile that the archive holds, from the profile's directory, and why. */
interface LoginFiles {
  readonly path: string;
  readonly why: string;
}

/**
 * All that carries a login; a test opens a session from these alone. Everything else in a profile is cache, crash
 * reports, or settings that Chromium makes anew; cookies too, which WhatsApp Web's login does not need.
 */
export const CREDENTIAL_FILES: readonly LoginFiles[] = [
  { path: 'Default/IndexedDB', why: 'the device’s keys, the state of its encrypted conversations, and its messages' },
  {
    path: 'Default/Local Storage',
    why: 'which account is linked, and what the page needs to decrypt its own IndexedDB',
  },
];

/** Databases' text logs and locks: no data, and both are held open by a running browser. */
const NO_DATA = new Set(['LOCK', 'LOG', 'LOG.old']);

/** Whether a file within the login's directories is data at all. */
export function carriesData(name: string): boolean {
  return !NO_DATA.has(name);
}

/**
 * Whether a file is written once and never changed again: tables of LevelDB, and IndexedDB's blobs. Such a file can be
 * held by a hard link while the browser goes on; of the others an exact copy is made.
 */
export function isWrittenOnce(path: string): boolean {
  return /\.(ldb|sst)$/.test(path) || path.includes('.indexeddb.blob/');
}

/**
 * Order of copying within a database: what refers to others comes after them, and the log of the newest writes last.
 */
export function copyRank(path: string): number {
  if (isWrittenOnce(path)) return 0;
  if (/\/MANIFEST-\d+$/.test(path)) return 1;
  if (path.endsWith('/CURRENT')) return 2;
  return 3;
}
