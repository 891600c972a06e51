import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { ensureError } from '../../domain/errors.ts';
import type { EncryptionKey } from '../../domain/encryption-key.ts';
import { DataDirectoryInUseError, DataDirectoryUnusableError } from './errors.ts';
import { takeExclusiveLock } from './exclusive-lock.ts';
import { findGeneratedKey, generatedKey } from './generated-key.ts';
import { generatedSecret } from './generated-secret.ts';

/** The directory of everything this service keeps on disk, and the right to be the only one in it. */
export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  /** The secret of this name, made on first use. Throws `SecretUnreadableError`. */
  secret(name: string): string;
  /** The key that seals where none is given, made on first use. Throws `SecretUnreadableError`. */
  encryptionKey(): EncryptionKey;
  /** The same when it was made before, else `null`. */
  findEncryptionKey(): EncryptionKey | null;
  /** Lets another service in; to be called when everything that writes there has ended. Idempotent. */
  release(): Promise<void>;
}

/**
 * Makes the directory, readable to this user only where it is new, and takes it for this process until `release` or the
 * process's end, kill -9 included. Rejects with `DataDirectoryInUseError`, which names the holder's pid, or with
 * `DataDirectoryUnusableError`.
 */
export async function openDataDirectory(directory: string): Promise<DataDirectory> {
  const path = resolve(directory);
  const lockDirectory = join(path, 'lock');
  const secretDirectory = secretsIn(path);
  try {
    // A directory that was there before may be anybody's, /tmp even: only what lies in it is made private.
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK);
    for (const own of [lockDirectory, secretDirectory]) {
      mkdirSync(own, { recursive: true, mode: 0o700 });
      chmodSync(own, 0o700);
    }
    const lock = await takeExclusiveLock(lockDirectory, { token: `${process.pid}-${randomBytes(6).toString('hex')}` });
    return {
      path,
      secret: (name) => generatedSecret(secretDirectory, name),
      encryptionKey: () => generatedKey(secretDirectory),
      findEncryptionKey: () => findGeneratedKey(secretDirectory),
      release: () => lock.release(),
    };
  } catch (thrown) {
    if (thrown instanceof DataDirectoryInUseError) throw new DataDirectoryInUseError(path, thrown.holderPid);
    const error: NodeJS.ErrnoException = ensureError(thrown);
    throw new DataDirectoryUnusableError(
      path,
      error.code === 'EACCES' ? 'this user may not write there' : (error.code ?? error.message),
      error,
    );
  }
}

/** Where the generated secrets of a data directory lie. */
export function secretsIn(directory: string): string {
  return join(resolve(directory), 'secrets');
}
