import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { openDataDirectory } from '../../../src/data-directory/data-directory.ts';
import { useTempDir } from '../../temp-dir.ts';
import { ana, bob, directoryArchives, loginIn, newKey, oldKey, runChild, sealArchive, toolEnv } from './tool-world.ts';

const SESSIONS = 60;
const PATIENCE_MS = 120_000;

describe('The vault’s tool, run as a process of its own where no service runs', () => {
  it('takes a fleet to another machine, and leaves neither a Redis nor a lock behind', { timeout: PATIENCE_MS }, async () => {
    const [dataDir, elsewhere] = [useTempDir(), join(useTempDir(), 'made by the import')];
    const login = randomBytes(300_000);
    await sealArchive(directoryArchives(dataDir), ana, { epoch: 1, login });
    await sealArchive(directoryArchives(dataDir), bob, { epoch: 1 });
    const env = toolEnv(dataDir, [newKey, oldKey]);
    const file = join(useTempDir(), 'fleet.wa');

    expect((await runChild(['list'], env)).out.trimEnd().split('\n')).toHaveLength(3);
    expect(await runChild(['verify'], env)).toMatchObject({ code: 0, out: '' });
    expect(await runChild(['export', file], env)).toMatchObject({ code: 0 });
    expect(await runChild(['import', file], toolEnv(elsewhere, [oldKey]))).toMatchObject({ code: 1, err: expect.stringContaining('sealed with key "new", and here are only "old"') as string });
    expect(await runChild(['import', file], toolEnv(elsewhere, [newKey, oldKey], { VAULT_STORE: 'directory' }))).toMatchObject({ code: 0 });
    expect((await loginIn(directoryArchives(elsewhere), ana, [oldKey])).equals(login)).toBe(true);
    expect(await runChild(['discard', 'old'], toolEnv(dataDir, [newKey]))).toMatchObject({ code: 0 });
    expect(await directoryArchives(dataDir).generations(ana)).toEqual([]);

    for (const path of [dataDir, elsewhere]) {
      expect(await readdir(join(path, 'redis'))).not.toContain('redis-process.json');
      await (await openDataDirectory(path)).release();
    }
  });

  it('goes on with a rotation that was killed midway: every archive opens at any time, and what was done is not done again', { timeout: PATIENCE_MS }, async () => {
    const dataDir = useTempDir();
    const archives = directoryArchives(dataDir);
    const addresses = Array.from({ length: SESSIONS }, (_, index) => ({ userId: 'ana', id: `s${index}` }));
    for (const address of addresses) await sealArchive(archives, address, { epoch: 1 });
    const env = toolEnv(dataDir, [newKey, oldKey]);

    const killed = await runChild(['rotate'], env, (_, kill) => kill());
    expect(killed.code).toBeNull();
    for (const address of addresses) await loginIn(archives, address, [newKey, oldKey]);

    const again = await runChild(['rotate'], env);
    expect(again).toMatchObject({ code: 0, out: '' });
    const [, wrapped, before] = /(\d+) wrapped anew with key "new", (\d+) were already/.exec(again.err) ?? [];
    expect(Number(wrapped) + Number(before)).toBe(SESSIONS);
    // It was killed as soon as it had said that a tenth was done.
    expect(Number(before)).toBeGreaterThanOrEqual(SESSIONS / 10);
    for (const address of addresses) await loginIn(archives, address, [newKey]);
  });

  it('goes on with an import that was killed midway', { timeout: PATIENCE_MS }, async () => {
    const [dataDir, elsewhere] = [useTempDir(), useTempDir()];
    const addresses = Array.from({ length: SESSIONS }, (_, index) => ({ userId: 'ana', id: `s${index}` }));
    for (const address of addresses) await sealArchive(directoryArchives(dataDir), address, { epoch: 1 });
    const file = join(useTempDir(), 'fleet.wa');
    await runChild(['export', file], toolEnv(dataDir, [oldKey]));
    await rm(dataDir, { recursive: true });

    const env = toolEnv(elsewhere, [oldKey]);
    const killed = await runChild(['import', file], env, (said, kill) => {
      if (said.includes('Sessions imported:')) kill();
    });
    expect(killed.code).toBeNull();
    const again = await runChild(['import', file], env);
    expect(again).toMatchObject({ code: 0, out: '' });
    const [, imported, before] = /and (\d+) archives imported; (\d+) of both were there already/.exec(again.err) ?? [];
    expect(Number(imported) + Number(before)).toBe(SESSIONS);
    for (const address of addresses) await loginIn(directoryArchives(elsewhere), address, [oldKey]);
  });

  it('answers what it does not understand with exit code 2', { timeout: PATIENCE_MS }, async () => {
    const { code, out, err } = await runChild(['shred'], toolEnv(useTempDir(), [oldKey]));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe('There is no command "shred". "npm run vault -- --help" shows what there is.\n');
  });
});
