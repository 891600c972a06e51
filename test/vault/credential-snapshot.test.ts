import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { removeLeftSnapshots, snapshotCredentials } from '../../src/vault/credential-snapshot.ts';
import { browserCredentials } from '../../src/whatsapp/web/credentials.ts';
import { useTempDir } from '../temp-dir.ts';
import { contentsOf, LOGIN_PATHS, loginOf, writeProfile } from './fake-profile.ts';

const STORAGE = 'Default/Local Storage/leveldb';
const BLOBS = 'Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.blob/1/00';
const DATABASE = 'Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.leveldb';

async function profile(): Promise<string> {
  const directory = join(useTempDir(), 'profile');
  await writeProfile(directory);
  return directory;
}

describe('A snapshot of a profile', () => {
  it('holds the login and nothing else', async () => {
    const directory = await profile();
    const snapshot = await snapshotCredentials(browserCredentials(directory));
    expect([...(await contentsOf(snapshot.directory)).keys()]).toEqual([...LOGIN_PATHS].sort());
    expect(await contentsOf(snapshot.directory)).toEqual(await loginOf(directory));
  });

  it('is for its owner alone, lies inside the profile, and is gone once it is removed', async () => {
    const directory = await profile();
    const before = await readdir(directory);
    const snapshot = await snapshotCredentials(browserCredentials(directory));
    expect(snapshot.directory.startsWith(`${directory}/.`)).toBe(true);
    expect((await stat(snapshot.directory)).mode & 0o777).toBe(0o700);
    await snapshot.remove();
    expect(await readdir(directory)).toEqual(before);
  });

  it('stays as it is while the browser writes on, tables included', async () => {
    const directory = await profile();
    const before = await loginOf(directory);
    const snapshot = await snapshotCredentials(browserCredentials(directory));
    await appendFile(join(directory, DATABASE, '000003.log'), 'the next record');
    await writeFile(join(directory, DATABASE, 'CURRENT'), 'MANIFEST-000009');
    await appendFile(join(directory, DATABASE, 'MANIFEST-000001'), 'an edit');
    await rm(join(directory, DATABASE, '000005.ldb'));
    expect(await contentsOf(snapshot.directory)).toEqual(before);
  });

  it('takes no second place on the disk for what is written once', async () => {
    const directory = await profile();
    const { directory: copy } = await snapshotCredentials(browserCredentials(directory));
    const inodes = async (path: string) =>
      Promise.all([directory, copy].map(async (root) => (await stat(join(root, path))).ino));
    const [table, itsCopy] = await inodes(`${DATABASE}/000005.ldb`);
    expect(itsCopy).toBe(table);
    const [log, logCopy] = await inodes(`${DATABASE}/000003.log`);
    expect(logCopy).not.toBe(log);
  });

  it.each([
    ['nothing at all', async (_directory: string) => undefined],
    ['caches only', async (directory: string) => mkdir(join(directory, 'Default/Cache'), { recursive: true })],
    ['empty databases', async (directory: string) => mkdir(join(directory, DATABASE), { recursive: true })],
  ])('is refused of a profile that holds %s, and leaves nothing there', async (_what, make) => {
    const directory = useTempDir();
    await make(directory);
    const before = await readdir(directory, { recursive: true });
    await expect(snapshotCredentials(browserCredentials(directory))).rejects.toMatchObject({ code: 'NOTHING_TO_SEAL' });
    expect(await readdir(directory, { recursive: true })).toEqual(before);
  });

  it('is given up, and leaves nothing there, when the databases are reorganised under each attempt', async () => {
    const directory = await profile();
    // Enough to link that no attempt is over before the next change.
    for (let blob = 0; blob < 200; blob += 1) await writeFile(join(directory, BLOBS, String(blob)), 'a blob');
    const stop = reorganising(directory);
    try {
      await expect(snapshotCredentials(browserCredentials(directory))).rejects.toMatchObject({
        code: 'PROFILE_BUSY',
        retry: { kind: 'later' },
      });
    } finally {
      await stop();
    }
    expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('ends when it is told to', async () => {
    await expect(
      snapshotCredentials(browserCredentials(await profile()), AbortSignal.abort(new Error('told to stop'))),
    ).rejects.toThrow('told to stop');
  });

  it('that a dead process has left is removed, and nothing else is', async () => {
    const directory = await profile();
    const before = await contentsOf(directory);
    await snapshotCredentials(browserCredentials(directory));
    await removeLeftSnapshots(directory);
    expect(await contentsOf(directory)).toEqual(before);
    await removeLeftSnapshots(join(directory, 'not there'));
  });
});

describe('The fingerprint of a login', () => {
  it('is the same while nothing was written, whatever the caches do', async () => {
    const directory = await profile();
    const before = await browserCredentials(directory).fingerprint();
    await appendFile(join(directory, 'Default/Cache/Cache_Data/data_0'), 'more');
    await appendFile(join(directory, DATABASE, 'LOG'), 'more');
    expect(await browserCredentials(directory).fingerprint()).toBe(before);
  });

  it.each([`${DATABASE}/000003.log`, `${STORAGE}/000003.log`, `${STORAGE}/MANIFEST-000001`])(
    'changes when %s has grown',
    async (path) => {
      const directory = await profile();
      const before = await browserCredentials(directory).fingerprint();
      await appendFile(join(directory, path), 'a record');
      expect(await browserCredentials(directory).fingerprint()).not.toBe(before);
    },
  );

  it('changes when a file came or went', async () => {
    const directory = await profile();
    const before = await browserCredentials(directory).fingerprint();
    await writeFile(join(directory, DATABASE, '000007.ldb'), 'a table');
    const after = await browserCredentials(directory).fingerprint();
    expect(after).not.toBe(before);
    await rm(join(directory, DATABASE, '000007.ldb'));
    expect(await browserCredentials(directory).fingerprint()).toBe(before);
  });

  it('is empty where there is no login', async () => {
    expect(await browserCredentials(useTempDir()).fingerprint()).toBe('');
  });
});

/**
 * Puts another manifest in place again and again, as a database does that never comes to rest. Returns how to end it.
 */
function reorganising(directory: string): () => Promise<void> {
  let hasEnded = false;
  const path = join(directory, DATABASE, 'MANIFEST-000001');
  const run = async (): Promise<void> => {
    for (let count = 0; !hasEnded; count += 1) {
      await writeFile(`${path}.new`, `${await readFile(path, 'latin1')}${count}`);
      await rename(`${path}.new`, path);
    }
  };
  const running = run();
  return async () => {
    hasEnded = true;
    await running;
  };
}
