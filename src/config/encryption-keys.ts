import { z } from 'zod';

import type { EncryptionKey } from '../domain/encryption-key.ts';

const KEY_BYTES = 32;
const KID = /^[A-Za-z0-9_-]{1,32}$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** One entry, or what is wrong with it; nothing of the entry itself is in that. */
function parseEntry(text: string, before: readonly EncryptionKey[]): EncryptionKey | string {
  const colon = text.indexOf(':');
  if (colon < 0) return 'has no colon between name and key';
  const [kid, encoded] = [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
  if (!KID.test(kid)) return 'has a name that is not 1 to 32 of A-Z a-z 0-9 _ -';
  if (!BASE64.test(encoded)) return 'has a key that is not base64';
  const key = Buffer.from(encoded, 'base64');
  if (key.length !== KEY_BYTES) return `has a key of ${key.length} bytes`;
  const namesake = before.findIndex((other) => other.kid === kid);
  if (namesake >= 0) return `has the name of entry ${namesake + 1}`;
  const twin = before.findIndex((other) => other.key.equals(key));
  return twin >= 0 ? `has the key of entry ${twin + 1}` : { kid, key };
}

/** `kid:base64(32 bytes)`, several with commas: the first seals, all open. */
export const encryptionKeysSchema = z
  .string()
  .transform((text, context): readonly [EncryptionKey, ...EncryptionKey[]] => {
    const keys: EncryptionKey[] = [];
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    for (const [index, entry] of text.split(',').entries()) {
      const key = parseEntry(entry, keys);
      if (typeof key === 'string')
        return refuse(
          `must be kid:base64(${KEY_BYTES} bytes), several with commas, each name and key once; entry ${index + 1} ${key}`,
        );
      keys.push(key);
    }
    const [first, ...others] = keys;
    return first === undefined ? refuse('must hold a key') : [first, ...others];
  });
