import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { browserCredentials } from '../../../src/whatsapp/web/credentials.ts';
import { profileShape } from '../../../src/whatsapp/web/profile-shape.ts';
import { useTempDir } from '../../temp-dir.ts';
import { writeProfile } from '../../vault/fake-profile.ts';

const SITE = 'https_web.whatsapp.com_0';

/** A profile as Chromium keeps it, and what a test changes in it. */
async function profile(): Promise<{ readonly directory: string; readonly at: (...path: string[]) => string }> {
  const directory = useTempDir();
  await writeProfile(directory);
  return { directory, at: (...path) => join(directory, 'Default', ...path) };
}

describe('What a profile holds of WhatsApp Web', () => {
  it('is known where all of it is in LevelDB', async () => {
    const { directory, at } = await profile();
    await mkdir(at('WebStorage'));
    await writeFile(at('WebStorage', 'QuotaManager'), '');
    await mkdir(at('WebStorage', '2', 'CacheStorage'), { recursive: true });
    await mkdir(at('IndexedDB', 'chrome-extension_abc_0.indexeddb.leveldb'));
    expect(await profileShape(directory)).toEqual({ kind: 'known' });
    expect(await browserCredentials(directory).unproven()).toBeNull();
    expect(await browserCredentials(directory).has()).toBe(true);
  });

  it('is nothing where no page of it was ever open', async () => {
    const { directory, at } = await profile();
    await rm(at('IndexedDB'), { recursive: true });
    expect(await profileShape(directory)).toEqual({ kind: 'empty' });
    expect(await profileShape(join(directory, 'gone'))).toEqual({ kind: 'empty' });
    expect(await browserCredentials(directory).has()).toBe(false);
  });

  // As Chromium 156 lays them out with these features on (measured).
  it.each([
    { feature: 'IdbSqliteBackingStore', paths: [['IndexedDB', SITE, '252AGOW5QBPAPYMM']], named: `IndexedDB/${SITE}` },
    { feature: 'DomStorageSqlite', paths: [['LocalStorage']], named: 'LocalStorage' },
    {
      feature: 'buckets',
      paths: [['WebStorage', '1', 'IndexedDB', `${SITE}.indexeddb.leveldb`]],
      named: 'WebStorage/1',
    },
    { feature: 'a place of its own', paths: [[`${SITE}.storage`]], named: `${SITE}.storage` },
  ])('is unknown where some of it is kept otherwise: $feature', async ({ paths, named }) => {
    const { directory, at } = await profile();
    for (const path of paths) {
      await mkdir(join(at(...path), '..'), { recursive: true });
      await writeFile(at(...path), 'SQLite format 3');
    }
    const why = `nobody knows what ${named} holds`;
    expect(await profileShape(directory)).toEqual({ kind: 'unknown', why });
    expect(await browserCredentials(directory).unproven()).toBe(why);
    expect(await browserCredentials(directory).has()).toBe(true);
  });

  it('is unknown where its IndexedDB has gone to where nobody looks', async () => {
    const { directory, at } = await profile();
    await writeFile(at('Local Storage', 'leveldb', '000007.log'), '_https://web.whatsapp.com');
    await rename(at('IndexedDB'), at('Databases'));
    expect(await profileShape(directory)).toMatchObject({ kind: 'unknown' });
    expect(await browserCredentials(directory).has()).toBe(true);
  });
});
