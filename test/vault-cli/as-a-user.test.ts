import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { openDataDirectory } from '../../src/host/data-directory/data-directory.ts';
import { useTempDir } from '../temp-dir.ts';
import { directoryArchives, loginIn, newKey, oldKey, runChild, sealArchive, toolEnv } from './cli-fixture.ts';

const SESSIONS = 20;
/** A process takes a second or two to come up, and there are up to six of them. */
const PATIENCE_MS = 240_000;

const addresses = Array.from({ length: SESSIONS }, (_, index) => ({ userId: 'ana', id: `s${index}` }));

async function sealedFleet(): Promise<string> {
  const dataDir = useTempDir();
  for (const address of addresses) await sealArchive(directoryArchives(dataDir), address, { epoch: 1 });
  return dataDir;
}

describe('The vault’s tool, run as a process of its own where no service runs', () => {
  it(
    'goes on with a rotation that was killed midway: every archive opens at any time, and what was done is not done again',
    { timeout: PATIENCE_MS },
    async () => {
      const dataDir = await sealedFleet();
      const archives = directoryArchives(dataDir);
      const env = toolEnv(dataDir, [newKey, oldKey]);
      const killed = await runChild(['rotate'], env, (said, kill) => {
        if (said.includes('Keys wrapped:')) kill();
      });
      expect(killed.code).toBeNull();
      for (const address of addresses) await loginIn(archives, address, [newKey, oldKey]);

      const again = await runChild(['rotate'], env);
      expect(again).toMatchObject({ code: 0, out: '' });
      const [, wrapped, before] = /(\d+) wrapped anew with key "new", (\d+) were already/.exec(again.err) ?? [];
      expect(Number(wrapped) + Number(before)).toBe(SESSIONS);
      // It was killed as soon as it had said that a tenth was done.
      expect(Number(before)).toBeGreaterThanOrEqual(SESSIONS / 10);
      for (const address of addresses) await loginIn(archives, address, [newKey]);
    },
  );

  it(
    'takes a fleet to a new machine, goes on with an import that was killed midway, and leaves neither a Redis nor a lock behind',
    { timeout: PATIENCE_MS },
    async () => {
      const [dataDir, elsewhere] = [await sealedFleet(), join(useTempDir(), 'made by the import')];
      const file = join(useTempDir(), 'fleet.wa');
      expect(await runChild(['export', file], toolEnv(dataDir, [oldKey]))).toMatchObject({ code: 0, out: '' });

      const env = toolEnv(elsewhere, [newKey, oldKey]);
      const killed = await runChild(['import', file], env, (said, kill) => {
        if (said.includes('Sessions imported:')) kill();
      });
      expect(killed.code).toBeNull();
      const again = await runChild(['import', file], env);
      expect(again).toMatchObject({ code: 0, out: '' });
      const [, imported, before] =
        /and (\d+) archives? imported; (\d+) of both were there already/.exec(again.err) ?? [];
      expect(Number(imported) + Number(before)).toBe(SESSIONS);

      expect((await runChild(['list'], env)).out.trimEnd().split('\n')).toHaveLength(SESSIONS + 1);
      expect(await runChild(['verify'], env)).toMatchObject({
        code: 0,
        out: '',
        err: expect.stringContaining('all of them open') as string,
      });
      expect(await runChild(['discard', 'old'], toolEnv(elsewhere, [newKey]))).toMatchObject({ code: 0 });
      expect(await directoryArchives(elsewhere).generations({ userId: 'ana', id: 's0' })).toEqual([]);
      expect(await readdir(join(elsewhere, 'redis'))).not.toContain('redis-process.json');
      await (await openDataDirectory(elsewhere)).release();
    },
  );

  it('answers what it does not understand with exit code 2', { timeout: PATIENCE_MS }, async () => {
    const { code, out, err } = await runChild(['shred'], toolEnv(useTempDir(), [oldKey]));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe('There is no command "shred". "npm run vault -- --help" shows what there is.\n');
  });
});
