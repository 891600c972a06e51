import type { CredentialFiles } from '../../domain/credentials.ts';

/** A part of a Chromium profile that the archive holds, from the profile's directory, and why. */
interface CredentialDirectory {
  readonly path: string;
  readonly why: string;
}

/**
 * All that carries the credentials; a test opens a session from these alone. Everything else in a profile is cache,
 * crash reports, or settings that Chromium makes anew; cookies too, which WhatsApp Web does not need to stay linked.
 */
const DIRECTORIES: readonly CredentialDirectory[] = [
  { path: 'Default/IndexedDB', why: 'the device’s keys, the state of its encrypted conversations, and its messages' },
  {
    path: 'Default/Local Storage',
    why: 'which account is linked, and what the page needs to decrypt its own IndexedDB',
  },
];

/** Databases' text logs and locks: no data, and both are held open by a running browser. */
const NO_DATA = new Set(['LOCK', 'LOG', 'LOG.old']);

/** Tables of LevelDB, and IndexedDB's blobs. */
const isWrittenOnce = (path: string): boolean => /\.(ldb|sst)$/.test(path) || path.includes('.indexeddb.blob/');

/**
 * How Chromium keeps WhatsApp Web's databases. LevelDB never changes a table and only appends to its log, of which a
 * torn last record is dropped on opening; `CURRENT` names the manifest that counts.
 */
export const BROWSER_CREDENTIAL_FILES: CredentialFiles = {
  directories: DIRECTORIES.map(({ path }) => path),
  carriesData: (name) => !NO_DATA.has(name),
  isWrittenOnce,
  changesBy(path) {
    if (path.endsWith('/CURRENT')) return 'content';
    return path.endsWith('.log') ? 'grows' : 'size_and_time';
  },
  /** Within a database what refers to others comes after them, and the log of the newest writes last. */
  copyRank(path) {
    if (isWrittenOnce(path)) return 0;
    if (/\/MANIFEST-\d+$/.test(path)) return 1;
    return path.endsWith('/CURRENT') ? 2 : 3;
  },
};
