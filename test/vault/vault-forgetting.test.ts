import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { FencedError } from '../../src/domain/errors.ts';
import { contentsOf } from './fake-profile.ts';
import { ada, createVaultFixture } from './vault-fixture.ts';

describe('A vault that forgets', () => {
  it('keeps no byte of an archive, and lets no late writer bring it back', async () => {
    const { vault, other, store, credentials, root } = await createVaultFixture();
    const { generation } = await vault.seal({ address: ada, epoch: 7, credentials });
    const body = await readFile(join(root, 'archives', 'ada%2Fshop', `${generation}.body`));
    await vault.forget(ada, 7);
    for (const [, bytes] of await contentsOf(join(root, 'archives')))
      expect(bytes.includes(body.subarray(1_000, 1_064))).toBe(false);
    await expect(other.seal({ address: ada, epoch: 7, credentials })).rejects.toBeInstanceOf(FencedError);
    await expect(other.seal({ address: ada, epoch: 6, credentials })).rejects.toBeInstanceOf(FencedError);
    expect(await store.generations(ada)).toEqual([]);
    await other.seal({ address: ada, epoch: 8, credentials });
    expect(await store.generations(ada)).toHaveLength(1);
  });

  it('waits for a sealing of its own that is under way, and forgets that too', async () => {
    const { vault, store, credentials } = await createVaultFixture();
    const sealing = vault.seal({ address: ada, epoch: 7, credentials });
    await Promise.all([sealing, vault.forget(ada, 7)]);
    expect(await store.generations(ada)).toEqual([]);
  });

  it('forgets twice without complaint, and what it never had', async () => {
    const { vault, credentials } = await createVaultFixture();
    await vault.seal({ address: ada, epoch: 7, credentials });
    await vault.forget(ada, 7);
    await vault.forget(ada, 7);
    await vault.forget({ userId: 'bob', id: 'shop' }, 1);
    expect(await vault.newest(ada)).toBeNull();
  });
});
