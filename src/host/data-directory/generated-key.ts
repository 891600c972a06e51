import { createHash } from 'node:crypto';

import type { EncryptionKey } from '../../domain/encryption-key.ts';
import { findSecret, generatedSecret } from './generated-secret.ts';

/** The file below `secrets`. */
export const GENERATED_KEY = 'encryption-key';

/** The key that seals where none is given, made on first use. Throws `SecretUnreadableError`. */
export function generatedKey(secretDirectory: string): EncryptionKey {
  return keyOf(generatedSecret(secretDirectory, GENERATED_KEY));
}

/** The same when it was made before, else `null`. */
export function findGeneratedKey(secretDirectory: string): EncryptionKey | null {
  const secret = findSecret(secretDirectory, GENERATED_KEY);
  return secret === null ? null : keyOf(secret);
}

/** Each data directory makes its own: by the name it is seen, rather than by a failure, that an archive was sealed with another's. */
function keyOf(secret: string): EncryptionKey {
  const key = Buffer.from(secret, 'base64url');
  return { kid: `generated-${createHash('sha256').update('key id').update(key).digest('hex').slice(0, 8)}`, key };
}
