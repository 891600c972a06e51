import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ensureError, FencedError } from '../../src/domain/errors.ts';
import { browserCredentials as keptIn } from '../../src/whatsapp/web/credentials.ts';
import { contentsOf, loginOf, writeProfile } from './fake-profile.ts';
import { ada, SEALED_AT, createVaultFixture } from './vault-fixture.ts';

/** A new login in the place of the former. */
async function linkAnew(profileDir: string): Promise<Map<string, Buffer>> {
  await writeProfile(profileDir);
  return loginOf(profileDir);
}

async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100);
  await writeFile(path, bytes);
}

const bodyIn = async (place: string, generation: string) => join(place, `${generation}.body`);

describe('A vault', () => {
  it('gives a sealed login back, byte by byte, on a machine that has nothing but the archive, and no cache with it', async () => {
    const { vault, other, profileDir, credentials, root } = await createVaultFixture();
    const login = await loginOf(profileDir);
    const sealed = await vault.seal({ address: ada, epoch: 7, credentials });
    expect(sealed).toMatchObject({ epoch: 7, sealedAt: new Date(SEALED_AT).toISOString() });
    await rm(profileDir, { recursive: true });
    const into = join(root, 'elsewhere', 'profile');
    expect(await other.restore({ address: ada, minEpoch: 7, into: keptIn(into) })).toEqual({
      kind: 'newest',
      archive: sealed,
    });
    expect(await contentsOf(into)).toEqual(login);
  });

  it('seals no profile that may hold more than an archive takes', async () => {
    const { vault, profileDir, credentials } = await createVaultFixture();
    await writeFile(join(profileDir, 'Default', 'LocalStorage'), 'SQLite format 3');
    await expect(vault.seal({ address: ada, epoch: 7, credentials })).rejects.toMatchObject({
      code: 'CREDENTIALS_UNPROVEN',
    });
    expect(await vault.newest(ada)).toBeNull();
  });

  it('leaves the profile that it seals as it is', async () => {
    const { vault, profileDir, credentials } = await createVaultFixture();
    const before = await contentsOf(profileDir);
    await vault.seal({ address: ada, epoch: 7, credentials });
    expect(await contentsOf(profileDir)).toEqual(before);
  });

  it('keeps the newest and the one before it', async () => {
    const { vault, store, credentials } = await createVaultFixture();
    const sealed = [];
    for (let count = 0; count < 4; count += 1)
      sealed.unshift((await vault.seal({ address: ada, epoch: 7, credentials })).generation);
    expect(await store.generations(ada)).toEqual(sealed.slice(0, 2));
    expect(await vault.newest(ada)).toEqual({ generation: sealed[0], epoch: 7, writtenBy: null });
  });

  it('has nothing of a session that was never sealed', async () => {
    const { vault, root } = await createVaultFixture();
    expect(await vault.newest(ada)).toBeNull();
    expect(await vault.verify(ada)).toEqual([]);
    await expect(vault.restore({ address: ada, minEpoch: 0, into: keptIn(join(root, 'into')) })).rejects.toMatchObject({
      code: 'NO_ARCHIVE',
    });
    expect(await readdir(root)).not.toContain('into');
  });

  it('falls back to the previous login when the newest does not open, and says why', async () => {
    const { vault, profileDir, credentials, place, root } = await createVaultFixture();
    const login = await loginOf(profileDir);
    const previous = await vault.seal({ address: ada, epoch: 7, credentials });
    await linkAnew(profileDir);
    const { generation } = await vault.seal({ address: ada, epoch: 8, credentials });
    await damage(await bodyIn(place, generation));
    const restored = await vault.restore({ address: ada, minEpoch: 0, into: keptIn(join(root, 'into')) });
    expect(restored).toMatchObject({
      kind: 'previous',
      archive: previous,
      refused: [{ generation, error: { code: 'ARCHIVE_CORRUPT' } }],
    });
    expect(await contentsOf(join(root, 'into'))).toEqual(login);
  });

  it('gives nothing when none opens, says what is wrong with the newest, and leaves no trace', async () => {
    const { vault, credentials, place, root } = await createVaultFixture();
    for (const epoch of [7, 8])
      await damage(await bodyIn(place, (await vault.seal({ address: ada, epoch, credentials })).generation));
    await expect(vault.restore({ address: ada, minEpoch: 0, into: keptIn(join(root, 'into')) })).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
    });
    await expect(vault.restore({ address: ada, minEpoch: 9, into: keptIn(join(root, 'into')) })).rejects.toMatchObject({
      code: 'ARCHIVE_STALE',
    });
    expect((await readdir(root)).sort()).toEqual(['archives', 'profile']);
  });

  it('does not touch a profile that is there', async () => {
    const { vault, profileDir, credentials } = await createVaultFixture();
    await vault.seal({ address: ada, epoch: 7, credentials });
    const login = await linkAnew(profileDir);
    await expect(vault.restore({ address: ada, minEpoch: 0, into: keptIn(profileDir) })).rejects.toMatchObject({
      code: 'PROFILE_OCCUPIED',
    });
    expect(await loginOf(profileDir)).toEqual(login);
  });

  it('does not believe an old archive that was put in the place of a newer one', async () => {
    const { vault, credentials, place, root } = await createVaultFixture();
    const { generation } = await vault.seal({ address: ada, epoch: 7, credentials });
    const forged = generation.replace('7-', '9-');
    for (const part of ['body', 'header'])
      await writeFile(join(place, `${forged}.${part}`), await readFile(join(place, `${generation}.${part}`)));
    expect(await vault.restore({ address: ada, minEpoch: 0, into: keptIn(join(root, 'into')) })).toMatchObject({
      kind: 'previous',
      archive: { generation },
      refused: [{ generation: forged, error: { code: 'ARCHIVE_CORRUPT' } }],
    });
  });

  it('tells of every archive whether it opens', async () => {
    const { vault, credentials, place } = await createVaultFixture();
    const first = await vault.seal({ address: ada, epoch: 7, credentials });
    const second = await vault.seal({ address: ada, epoch: 7, credentials });
    await damage(await bodyIn(place, first.generation));
    expect(await vault.verify(ada)).toEqual([
      second,
      { generation: first.generation, error: expect.objectContaining({ code: 'ARCHIVE_CORRUPT' }) as unknown },
    ]);
  });

  it('keeps nothing, and the former, when the session is no longer the sealer’s at the end', async () => {
    const { vault, store, credentials, place } = await createVaultFixture();
    const { generation } = await vault.seal({ address: ada, epoch: 7, credentials });
    const confirm = async () => {
      throw new FencedError('ada/shop', 7);
    };
    await expect(vault.seal({ address: ada, epoch: 7, credentials, confirm })).rejects.toBeInstanceOf(FencedError);
    expect(await store.generations(ada)).toEqual([generation]);
    expect(await readdir(place)).toHaveLength(2);
  });

  it('keeps the former when it is told to stop', async () => {
    const { vault, store, profileDir, credentials } = await createVaultFixture();
    const { generation } = await vault.seal({ address: ada, epoch: 7, credentials });
    const stop = new AbortController();
    const confirm = async () => stop.abort(new Error('told to stop'));
    await expect(
      vault.seal({ address: ada, epoch: 7, credentials, confirm, signal: stop.signal }),
    ).rejects.toBeInstanceOf(Error);
    expect(await store.generations(ada)).toEqual([generation]);
    expect((await readdir(profileDir)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it.each([0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89])(
    'breaks a sealing off after %i turns of the event loop without a word beside its rejection',
    async (turns) => {
      const { vault, profileDir, credentials, root } = await createVaultFixture();
      const stop = new AbortController();
      const settled = vault.seal({ address: ada, epoch: 7, credentials, signal: stop.signal }).then(
        () => 'sealed',
        () => 'broken off',
      );
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      stop.abort();
      const sealed = await settled;
      // Broken off while it was read back, it may be there or not, but whole.
      const restored = await vault
        .restore({ address: ada, minEpoch: 7, into: keptIn(join(root, 'into')) })
        .then(({ kind }) => kind, ensureError);
      if (sealed === 'sealed' || !(restored instanceof Error)) expect(restored).toBe('newest');
      else expect(restored).toMatchObject({ code: 'NO_ARCHIVE' });
      // What the streams throw late, they throw within these; the runner fails the test for it.
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
      expect((await readdir(profileDir)).filter((name) => name.startsWith('.'))).toEqual([]);
    },
  );

  it('keeps the former two when what it reads back is not what it wrote', async () => {
    const { vault, store, other, credentials, place } = await createVaultFixture((plain) => ({
      put: async (archive, signal) => {
        await plain.put(archive, signal);
        await damage(join(place, `${archive.generation}.body`));
      },
    }));
    const former = [];
    for (const epoch of [7, 8]) former.unshift((await other.seal({ address: ada, epoch, credentials })).generation);
    await expect(vault.seal({ address: ada, epoch: 9, credentials })).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
    });
    expect(await store.generations(ada)).toEqual(former);
  });

  it('seals one profile after the other when several ask at once, and every one of them counts', async () => {
    const { vault, store, credentials } = await createVaultFixture();
    const sealed = await Promise.all(
      Array.from({ length: 3 }, () => vault.seal({ address: ada, epoch: 7, credentials })),
    );
    expect(new Set(sealed.map(({ generation }) => generation)).size).toBe(3);
    expect(await store.generations(ada)).toHaveLength(2);
  });
});

describe('A vault whose archives others replace meanwhile', () => {
  it.each(['header', 'body'] as const)(
    'restores the new login, and asks for no scan, when the one that it was about to read went before its %s',
    async (part) => {
      const login: Map<string, Buffer>[] = [];
      const { vault, other, profileDir, credentials, root } = await createVaultFixture((plain) => {
        let isFirst = true;
        const replaceAll = async (): Promise<void> => {
          if (!isFirst) return;
          isFirst = false;
          login.push(await linkAnew(profileDir));
          for (let count = 0; count < 2; count += 1) await other.seal({ address: ada, epoch: 8, credentials });
        };
        return part === 'header'
          ? {
              header: async (address, generation) => {
                await replaceAll();
                return plain.header(address, generation);
              },
            }
          : {
              body: async function* (address, generation) {
                await replaceAll();
                yield* plain.body(address, generation);
              },
            };
      });
      await other.seal({ address: ada, epoch: 7, credentials });
      expect(await vault.restore({ address: ada, minEpoch: 0, into: keptIn(join(root, 'into')) })).toMatchObject({
        kind: 'newest',
        archive: { epoch: 8 },
      });
      expect(await contentsOf(join(root, 'into'))).toEqual(login[0]);
    },
  );

  it('says that there is none only when the session was forgotten meanwhile', async () => {
    const { vault, other, credentials, root } = await createVaultFixture((plain) => ({
      header: async (address, generation) => {
        await plain.forget(ada, 7);
        return plain.header(address, generation);
      },
    }));
    await other.seal({ address: ada, epoch: 7, credentials });
    await expect(vault.restore({ address: ada, minEpoch: 0, into: keptIn(join(root, 'into')) })).rejects.toMatchObject({
      code: 'NO_ARCHIVE',
    });
  });

  it('asks to come again, and for no scan, when they are replaced again and again', async () => {
    const { vault, root, other, credentials } = await createVaultFixture(() => ({ header: async () => null }));
    await other.seal({ address: ada, epoch: 7, credentials });
    await expect(vault.restore({ address: ada, minEpoch: 0, into: keptIn(join(root, 'into')) })).rejects.toMatchObject({
      code: 'ARCHIVES_MOVING',
      retry: { kind: 'later' },
    });
  });

  it('says nothing of one that went while it was verified', async () => {
    const { vault, other, credentials } = await createVaultFixture((plain) => ({
      body: async function* (address, generation) {
        await plain.remove(address, generation);
        yield* plain.body(address, generation);
      },
    }));
    await other.seal({ address: ada, epoch: 7, credentials });
    expect(await vault.verify(ada)).toEqual([]);
  });

  it('learns that it was overtaken when its own archive went before it was proven', async () => {
    const { vault, store, credentials } = await createVaultFixture((plain) => ({
      put: async (archive, signal) => {
        await plain.put(archive, signal);
        await plain.forget(ada, 7);
      },
    }));
    await expect(vault.seal({ address: ada, epoch: 7, credentials })).rejects.toBeInstanceOf(FencedError);
    expect(await store.generations(ada)).toEqual([]);
  });
});
