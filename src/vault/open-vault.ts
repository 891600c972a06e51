import type { Redis } from 'ioredis';

import type { StorageConfig } from '../config/storage-config.ts';
import { archivesOf } from './archives-of.ts';
import { KeyRing } from './key-ring.ts';
import { assertKeysSuffice } from './keys-suffice.ts';
import type { EncryptionKeys } from './service-keys.ts';
import { Vault } from './vault.ts';

interface OpenVaultOptions {
  readonly config: Pick<StorageConfig, 'archives' | 'redisPrefix'>;
  readonly keys: EncryptionKeys;
  readonly redis: Redis;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

/** The vault on the configured place. Rejects with `KeysMissingError` when an archive there needs a key that is not given. */
export async function openVault({ config, keys, redis, now, randomBytes }: OpenVaultOptions): Promise<Vault> {
  const store = archivesOf({ config, redis, now, randomBytes });
  const ring = new KeyRing(keys);
  await assertKeysSuffice(store, ring);
  return new Vault({ store, ring, now, randomBytes });
}
