import { randomBytes as cryptoRandomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

import { ensureError } from '../../domain/errors.ts';
import { SecretUnreadableError } from './errors.ts';

const SECRET_BYTES = 32;

/**
 * The secret of this name in this directory, made on first use: 32 random bytes as base64url, in a file that only its owner reads. It is
 * written beside and then linked into place, so there is never half a secret nor two. Throws {@link SecretUnreadableError} rather than
 * replace one that is damaged: tokens were signed and logins sealed with it.
 */
export function generatedSecret(
  directory: string,
  name: string,
  randomBytes: (count: number) => Buffer = cryptoRandomBytes,
): string {
  return findSecret(directory, name) ?? createSecret(join(directory, name), randomBytes);
}

/** The same, when it was made before; else `null`. Reads alone, so it may be called while another process holds the directory. */
export function findSecret(directory: string, name: string): string | null {
  return readSecret(join(directory, name));
}

function readSecret(file: string): string | null {
  try {
    const secret = readFileSync(file, 'utf8').trim();
    if (Buffer.from(secret, 'base64url').length !== SECRET_BYTES)
      throw new SecretUnreadableError(file, `it does not hold ${SECRET_BYTES} bytes`);
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    return secret;
  } catch (thrown) {
    const error: NodeJS.ErrnoException = ensureError(thrown);
    if (error.code === 'ENOENT') return null;
    throw error instanceof SecretUnreadableError
      ? error
      : new SecretUnreadableError(file, error.code ?? error.message, error);
  }
}

function createSecret(file: string, randomBytes: (count: number) => Buffer): string {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const descriptor = openSync(draft, 'wx', 0o600);
    try {
      writeSync(descriptor, `${secret}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(draft, file);
    return secret;
  } catch (thrown) {
    const error: NodeJS.ErrnoException = ensureError(thrown);
    const existing = error.code === 'EEXIST' ? readSecret(file) : null;
    if (existing !== null) return existing;
    throw new SecretUnreadableError(file, `it cannot be written (${error.code ?? error.message})`, error);
  } finally {
    rmSync(draft, { force: true });
  }
}
