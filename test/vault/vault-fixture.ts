import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { Credentials } from '../../src/domain/credentials.ts';
import type { ArchiveStore } from '../../src/vault/archive-store.ts';
import { DirectoryArchives } from '../../src/vault/directory-archives.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { Vault } from '../../src/vault/vault.ts';
import { browserCredentials as keptIn } from '../../src/whatsapp/web/credentials.ts';
import { useTempDir } from '../temp-dir.ts';
import { writeProfile } from './fake-profile.ts';

export const ada = { userId: 'ada', id: 'shop' };
export const ring = new KeyRing([{ kid: 'main', key: randomBytes(32) }]);
export const SEALED_AT = 1_800_000_000_000;

interface VaultFixture {
  readonly vault: Vault;
  readonly store: ArchiveStore;
  /** A second process on the same store. */
  readonly other: Vault;
  readonly root: string;
  readonly profileDir: string;
  /** What lies there. */
  readonly credentials: Credentials;
  /** Where archives lie. */
  readonly place: string;
}

/** A vault in a directory, and a profile with a login. `around` may meddle with what the vault sees of its store. */
export async function createVaultFixture(
  around: (store: ArchiveStore) => Partial<ArchiveStore> = () => ({}),
): Promise<VaultFixture> {
  const root = useTempDir();
  const profileDir = join(root, 'profile');
  await writeProfile(profileDir);
  const directory = join(root, 'archives');
  const plain = new DirectoryArchives({ directory, now: () => SEALED_AT, randomBytes });
  const vaultOn = (store: ArchiveStore) => new Vault({ store, ring, now: () => SEALED_AT, randomBytes });
  return {
    root,
    profileDir,
    credentials: keptIn(profileDir),
    store: plain,
    vault: vaultOn(meddled(plain, around(plain))),
    other: vaultOn(plain),
    place: join(directory, 'ada%2Fshop'),
  };
}

export function meddled(store: ArchiveStore, over: Partial<ArchiveStore>): ArchiveStore {
  return {
    name: store.name,
    put: (archive, signal) => store.put(archive, signal),
    generations: (address) => store.generations(address),
    header: (address, generation) => store.header(address, generation),
    body: (address, generation) => store.body(address, generation),
    replaceHeader: (...args) => store.replaceHeader(...args),
    remove: (address, generation) => store.remove(address, generation),
    forget: (address, epoch) => store.forget(address, epoch),
    addresses: () => store.addresses(),
    ...over,
  };
}
