import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';

import type { SessionAddress } from '../../src/domain/session.ts';
import { decodeHeader } from '../../src/vault/archive-header.ts';
import { DirectoryArchives } from '../../src/vault/directory-archives.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { listArchives, rotate, type RotationProgress } from '../../src/vault/rotation.ts';
import { Vault } from '../../src/vault/vault.ts';
import { browserCredentials } from '../../src/whatsapp/web/credentials.ts';
import { useTempDir } from '../temp-dir.ts';
import { contentsOf, loginOf, writeProfile } from './fake-profile.ts';

const old = { kid: 'old', key: randomBytes(32) };
const next = { kid: 'new', key: randomBytes(32) };
const FLEET: readonly SessionAddress[] = ['ada', 'bob', 'eve'].map((userId) => ({ userId, id: 'shop' }));
const TOTAL = FLEET.length * 2;

describe('A rotation of keys', () => {
  let root: string;
  let profileDir: string;
  let store: DirectoryArchives;
  const vaultWith = (ring: KeyRing) => new Vault({ store, ring, now: () => Date.now(), randomBytes });
  const kids = async () => {
    const found = [];
    for await (const listed of listArchives(store))
      found.push(listed.kind === 'archive' ? listed.header.kid : listed.error.code);
    return found;
  };

  beforeEach(async () => {
    root = useTempDir();
    profileDir = join(root, 'profile');
    await writeProfile(profileDir, 2_000);
    store = new DirectoryArchives({ directory: join(root, 'archives'), now: () => Date.now(), randomBytes });
    const vault = vaultWith(new KeyRing([old]));
    for (const address of FLEET)
      for (const epoch of [7, 8]) await vault.seal({ address, epoch, credentials: browserCredentials(profileDir) });
  });

  it('lets every archive open without the old key, and unpacks none', async () => {
    const before = await contentsOf(join(root, 'archives'));
    const told: RotationProgress[] = [];
    const rotation = await rotate(store, new KeyRing([next, old]), (progress) => told.push(progress));
    expect(rotation).toEqual({ rewrapped: TOTAL, current: 0, moved: 0, refused: [] });
    expect(told).toEqual(Array.from({ length: TOTAL }, (_, index) => ({ done: index + 1, total: TOTAL })));
    const after = await contentsOf(join(root, 'archives'));
    for (const [path, bytes] of before) expect(after.get(path)?.equals(bytes)).toBe(path.endsWith('.body'));
    const into = join(root, 'into');
    expect(
      await vaultWith(new KeyRing([next])).restore({
        address: { userId: 'eve', id: 'shop' },
        minEpoch: 8,
        into: browserCredentials(into),
      }),
    ).toMatchObject({ kind: 'newest' });
    expect(await contentsOf(into)).toEqual(await loginOf(profileDir));
  });

  it('goes on where it was stopped', async () => {
    const ring = new KeyRing([next, old]);
    const stop = new AbortController();
    const stopped = rotate(
      store,
      ring,
      ({ done }) => (done === 2 ? stop.abort(new Error('told to stop')) : undefined),
      stop.signal,
    );
    await expect(stopped).rejects.toThrow('told to stop');
    expect((await kids()).filter((kid) => kid === 'new')).toHaveLength(2);
    expect(await rotate(store, ring, () => undefined)).toEqual({
      rewrapped: TOTAL - 2,
      current: 2,
      moved: 0,
      refused: [],
    });
    expect(await rotate(store, ring, () => undefined)).toMatchObject({ rewrapped: 0, current: TOTAL });
  });

  it('wraps each archive once when two run side by side', async () => {
    const ring = new KeyRing([next, old]);
    const both = await Promise.all([rotate(store, ring, () => undefined), rotate(store, ring, () => undefined)]);
    expect(await kids()).toEqual(Array.from({ length: TOTAL }, () => 'new'));
    for (const { rewrapped, current, moved, refused } of both)
      expect([rewrapped + current + moved, refused]).toEqual([TOTAL, []]);
    for (const address of FLEET)
      expect(await vaultWith(new KeyRing([next])).verify(address)).toEqual([
        expect.objectContaining({ epoch: 8 }),
        expect.objectContaining({ epoch: 7 }),
      ]);
  });

  it('passes over what does not open, says what that is, and does the rest', async () => {
    const path = join(root, 'archives', 'bob%2Fshop', `${'8'.padStart(16, '0')}-${'0'.repeat(8)}.header`);
    const header = await readFile(path);
    header.writeUInt8(header.readUInt8(header.length - 10) ^ 1, header.length - 10);
    await writeFile(path, header);
    const rotation = await rotate(store, new KeyRing([next, old]), () => undefined);
    expect(rotation).toMatchObject({
      rewrapped: TOTAL - 1,
      refused: [{ address: { userId: 'bob', id: 'shop' }, error: { code: 'ARCHIVE_CORRUPT' } }],
    });
    expect((await kids()).sort()).toEqual(['ARCHIVE_CORRUPT', ...Array.from({ length: TOTAL - 1 }, () => 'new')]);
  });

  it('leaves alone what was forgotten since it began', async () => {
    const forgotten: SessionAddress = { userId: 'eve', id: 'shop' };
    const rotation = await rotate(store, new KeyRing([next, old]), ({ done }) =>
      done === 1 ? void store.forget(forgotten, 8) : undefined,
    );
    expect(rotation.rewrapped + rotation.moved).toBe(TOTAL);
    expect(await store.generations(forgotten)).toEqual([]);
  });

  it('binds a rewrapped header to its archive still', async () => {
    await rotate(store, new KeyRing([next, old]), () => undefined);
    const [generation = ''] = await store.generations({ userId: 'ada', id: 'shop' });
    const header = await store.header({ userId: 'ada', id: 'shop' }, generation);
    expect(decodeHeader(header ?? Buffer.alloc(0))).toMatchObject({ kid: 'new', userId: 'ada', id: 'shop', epoch: 8 });
  });
});
