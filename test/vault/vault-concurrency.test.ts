import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ensureError } from '../../src/domain/errors.ts';
import type { SessionAddress } from '../../src/domain/session.ts';
import type { NewArchive } from '../../src/vault/archive-store.ts';
import { Vault } from '../../src/vault/vault.ts';
import { browserCredentials as keptIn } from '../../src/whatsapp/web/credentials.ts';
import { writeProfile } from './fake-profile.ts';
import { ada, ring, SEALED_AT, createVaultFixture, meddled } from './vault-fixture.ts';

describe('A vault that is asked for much at once', () => {
  it('seals no more logins at a time than it was told, and all of them in the end', async () => {
    const ids = ['one', 'two', 'three', 'four', 'five'];
    const running = new Set<string>();
    let [begun, most] = [0, 0];
    const { store, root } = await createVaultFixture();
    const counting = meddled(store, {
      put: async (archive, signal) => {
        running.add(archive.address.id);
        begun += 1;
        // All but the last wait for company: how fast a login is packed must not tell how many are there at once.
        while (running.size < 2 && begun < ids.length) await nextTurn();
        most = Math.max(most, running.size);
        await store.put(archive, signal);
        running.delete(archive.address.id);
      },
    });
    const vault = new Vault({ store: counting, ring, now: () => SEALED_AT, randomBytes, concurrency: 2 });
    const sealing = ids.map(async (id) => {
      const profileDir = join(root, id);
      await writeProfile(profileDir);
      await vault.seal({ address: { userId: 'ada', id }, epoch: 7, credentials: keptIn(profileDir) });
    });
    await Promise.all(sealing);
    expect(most).toBe(2);
    for (const id of ids) expect(await store.generations({ userId: 'ada', id })).toHaveLength(1);
  });

  it('lets go at once of one that is told to stop while it waits, and goes on with the rest', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { store, credentials } = await createVaultFixture();
    const slow = meddled(store, {
      put: async (archive, signal) => {
        await opened;
        await store.put(archive, signal);
      },
    });
    const vault = new Vault({ store: slow, ring, now: () => SEALED_AT, randomBytes, concurrency: 1 });
    const first = vault.seal({ address: ada, epoch: 7, credentials });
    const stop = new AbortController();
    const second = vault.seal({
      address: { userId: 'bob', id: 'shop' },
      epoch: 7,
      credentials,
      signal: stop.signal,
    });
    stop.abort(new Error('told to stop'));
    await expect(second).rejects.toThrow('told to stop');
    open();
    await first;
    expect(await store.generations(ada)).toHaveLength(1);
    expect(await store.generations({ userId: 'bob', id: 'shop' })).toEqual([]);
  });

  it('breaks whatever it does off at any moment, or stands a store that fails at any moment, without a word beside its rejection', async () => {
    const { vault, store, credentials, root } = await createVaultFixture();
    await vault.seal({ address: ada, epoch: 7, credentials });
    const uncaught: unknown[] = [];
    const hear = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtExceptionMonitor', hear);
    const turns = async (count: number): Promise<void> => {
      for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
    };
    async function* failing(chunks: AsyncIterable<Uint8Array>, after: number): AsyncGenerator<Uint8Array> {
      let left = after;
      for await (const chunk of chunks) {
        if (left === 0) throw new Error('the store is gone');
        left -= 1;
        yield chunk.subarray(0, 20_000);
      }
    }
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('seal', 'restore', 'verify'),
        fc.constantFrom('stop', 'fail'),
        fc.nat(60),
        async (what, how, when) => {
          run += 1;
          const stop = new AbortController();
          const over =
            how === 'stop'
              ? {}
              : {
                  put: (archive: NewArchive, signal?: AbortSignal) =>
                    store.put({ ...archive, body: failing(archive.body, when % 4) }, signal),
                  body: (address: SessionAddress, generation: string) =>
                    failing(store.body(address, generation), when % 3),
                };
          const failingVault = new Vault({ store: meddled(store, over), ring, now: () => SEALED_AT, randomBytes });
          const { signal } = stop;
          const work = {
            seal: () => failingVault.seal({ address: ada, epoch: 7, credentials, signal }),
            restore: () =>
              failingVault.restore({
                address: ada,
                minEpoch: 0,
                into: keptIn(join(root, `into-${run}`)),
                signal,
              }),
            verify: () => failingVault.verify(ada, signal),
          };
          const settled = work[what]().then(() => undefined, ensureError);
          if (how === 'stop') await turns(when);
          if (how === 'stop') stop.abort(new Error('told to stop'));
          await settled;
          await turns(5);
        },
      ),
      { numRuns: 40 },
    );
    process.off('uncaughtExceptionMonitor', hear);
    expect(uncaught).toEqual([]);
    expect((await readdir(root)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
