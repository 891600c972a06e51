import { join } from 'node:path';
import type { Logger } from 'pino';

import { secretsIn, type DataDirectory } from '../host/data-directory/data-directory.ts';
import { findGeneratedKey, GENERATED_KEY } from '../host/data-directory/generated-key.ts';
import type { EncryptionKey } from '../domain/encryption-key.ts';
import type { StorageConfig } from '../config/storage-config.ts';

export type EncryptionKeys = readonly [EncryptionKey, ...EncryptionKey[]];

/**
 * The keys that the service seals and opens with. Where none is given one is made in the data directory, and a line of
 * the log says what that means for backups. Where keys are given, one that was made before still opens what it has
 * sealed. Throws `SecretUnreadableError`.
 */
export function serviceKeys(
  given: StorageConfig['encryptionKeys'],
  directory: DataDirectory,
  log: Logger,
): EncryptionKeys {
  if (given !== null) return withGenerated(given, directory.findEncryptionKey());
  const key = directory.encryptionKey();
  const file = join(secretsIn(directory.path), GENERATED_KEY);
  log.warn(
    { kid: key.kid, file },
    'logins are sealed with a key made here: a backup of DATA_DIR without this file is worthless, one with it is all that a thief needs. Set ENCRYPTION_KEYS for production',
  );
  return [key];
}

/** The same keys, for who makes none and may not hold the data directory; `null` when there are none. */
export function knownKeys({ encryptionKeys, dataDir }: StorageConfig): EncryptionKeys | null {
  const generated = findGeneratedKey(secretsIn(dataDir));
  if (encryptionKeys !== null) return withGenerated(encryptionKeys, generated);
  return generated === null ? null : [generated];
}

function withGenerated(given: EncryptionKeys, generated: EncryptionKey | null): EncryptionKeys {
  return generated === null || given.some(({ kid }) => kid === generated.kid) ? given : [...given, generated];
}
