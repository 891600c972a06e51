import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { KeyRing } from '../../src/vault/key-ring.ts';
import { assertKeysSuffice, KeysMissingError } from '../../src/vault/keys-suffice.ts';
import { useTempDir } from '../temp-dir.ts';
import { ana, bob, directoryArchives, newKey, oldKey, sealArchive } from '../vault-cli/cli-fixture.ts';

const place = () => directoryArchives(useTempDir());

async function refusal(check: Promise<void>): Promise<KeysMissingError> {
  const error: unknown = await check.catch((thrown: unknown) => thrown);
  if (error instanceof KeysMissingError) return error;
  throw new Error('Nothing was refused');
}

describe('The check of the keys at the start', () => {
  it('lets pass where nothing is sealed, and where every key is there', async () => {
    const store = place();
    await assertKeysSuffice(store, new KeyRing([newKey]));
    await sealArchive(store, ana, { epoch: 1, key: oldKey });
    await sealArchive(store, bob, { epoch: 1, key: newKey });
    await assertKeysSuffice(store, new KeyRing([newKey, oldKey]));
  });

  it('stops a start without a key that is still needed, and lists what needs it', async () => {
    const store = place();
    await sealArchive(store, ana, { epoch: 1 });
    await sealArchive(store, ana, { epoch: 2 });
    await sealArchive(store, bob, { epoch: 3, key: newKey });
    const { needed, message } = await refusal(assertKeysSuffice(store, new KeyRing([newKey])));
    expect(needed).toEqual([{ kid: 'old', kind: 'missing', archives: 2, sessions: [ana] }]);
    expect(message).toContain('key "old" is needed by 2 archives of ana/sales\n');
    expect(message).toContain('Put it back into ENCRYPTION_KEYS');
    expect(message).not.toContain('shop');
  });

  it('tells a key that is another one of the same name from one that is missing', async () => {
    const store = place();
    await sealArchive(store, ana, { epoch: 1 });
    const { needed, message } = await refusal(
      assertKeysSuffice(store, new KeyRing([{ kid: 'old', key: Buffer.alloc(32, 9) }])),
    );
    expect(needed).toMatchObject([{ kid: 'old', kind: 'other' }]);
    expect(message).toContain('the key of this name here is another one');
  });

  it('names at most twenty sessions of a key', async () => {
    const store = place();
    for (let index = 0; index < 23; index += 1)
      await sealArchive(store, { userId: 'ana', id: `s${index}` }, { epoch: 1 });
    const { message } = await refusal(assertKeysSuffice(store, new KeyRing([newKey])));
    expect(message.match(/ana\/s/g)).toHaveLength(20);
    expect(message).toContain(' and 3 more ');
  });

  it('is not stopped by an archive that is damaged', async () => {
    const directory = useTempDir();
    const store = directoryArchives(directory);
    const generation = await sealArchive(store, ana, { epoch: 1 });
    await sealArchive(store, bob, { epoch: 1 });
    await writeFile(join(directory, 'archives', 'ana%2Fsales', `${generation}.header`), 'no header');
    await assertKeysSuffice(store, new KeyRing([oldKey]));
  });
});
