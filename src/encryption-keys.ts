import { z } from 'zod';

/** A key that seals credentials, by the name that sealed archives carry. */
export interface EncryptionKey {
  readonly kid: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

const KEY_BYTES = 32;
const ENTRY = /^(?<kid>[A-Za-z0-9_-]{1,32}):(?<encoded>[A-Za-z0-9+/_-]+={0,2})$/;

function parseKey(text: string): EncryptionKey | null {
  const { kid, encoded } = ENTRY.exec(text.trim())?.groups ?? {};
  if (kid === undefined || encoded === undefined) return null;
  const key = Buffer.from(encoded, 'base64');
  return key.length === KEY_BYTES ? { kid, key } : null;
}

/** `kid:base64(32 bytes)`, several with commas: the first seals, all open. */
export const encryptionKeysSchema = z.string().transform((text, context): readonly [EncryptionKey, ...EncryptionKey[]] => {
  const keys: EncryptionKey[] = [];
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  for (const [index, entry] of text.split(',').entries()) {
    const key = parseKey(entry);
    if (key === null) return refuse(`must be kid:base64(${KEY_BYTES} bytes), several with commas; entry ${index + 1} is not`);
    if (keys.some(({ kid }) => kid === key.kid)) return refuse(`must name each key once; entry ${index + 1} repeats a name`);
    keys.push(key);
  }
  const [first, ...others] = keys;
  return first === undefined ? refuse('must hold a key') : [first, ...others];
});
