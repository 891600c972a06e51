import { buildDecrypt } from '@aws-crypto/decrypt-node';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import { AlgorithmSuiteIdentifier, CommitmentPolicy } from '@aws-crypto/material-management-node';
import { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from '@aws-crypto/raw-aes-keyring-node';
import type { Duplex } from 'node:stream';

import { Detached } from './detached.ts';

/** Associated data: what a sealed text is bound to. No value may be empty. */
export type Binding = Readonly<Record<string, string>>;

const NAMESPACE = 'vault';
/** A frame is released only when its tag was checked, so this is also what opening holds in memory. */
const FRAME_BYTES = 64 * 1024;
/**
 * AES-256-GCM with a committed key: no text opens to two things under two keys. Without the signature, which would hold
 * frames back to the end.
 */
const SUITE = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;
const limits = { commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, maxEncryptedDataKeys: 1 };

const { encrypt, encryptStream } = buildEncrypt(limits);
const { decrypt, decryptUnsignedMessageStream } = buildDecrypt(limits);

export const KEY_BYTES = 32;

/** A 32-byte key, as the library takes it. `name` is written in clear into what it seals. */
export interface NamedKey {
  readonly name: string;
  readonly key: Uint8Array;
}

/** Encrypts what is written to it, in frames that are authenticated one by one. */
export function sealFrames(key: NamedKey, binding: Binding): Duplex {
  return new Detached(
    encryptStream(keyring(key), { suiteId: SUITE, frameLength: FRAME_BYTES, encryptionContext: { ...binding } }),
  );
}

/**
 * Decrypts what is written to it; nothing comes out of a frame that was tampered with. Fails when the last frame is
 * missing.
 */
export function openFrames(key: NamedKey): Duplex {
  const frames: Duplex = decryptUnsignedMessageStream(keyring(key));
  // Destroyed before its end it tells of that once more, when whoever destroyed it no longer listens.
  return frames.on('error', () => undefined);
}

/** Encrypts a few bytes. */
export async function sealBytes(key: NamedKey, bytes: Uint8Array, binding: Binding): Promise<Buffer> {
  const { result } = await encrypt(keyring(key), bytes, { suiteId: SUITE, encryptionContext: { ...binding } });
  return result;
}

/**
 * Decrypts what {@link sealBytes} made, with what it is bound to. Rejects when the key does not fit or a bit was
 * changed.
 */
export async function openBytes(
  key: NamedKey,
  sealed: Uint8Array,
): Promise<{ readonly bytes: Buffer; readonly binding: Binding }> {
  const { plaintext, messageHeader } = await decrypt(keyring(key), sealed);
  return { bytes: plaintext, binding: { ...messageHeader.encryptionContext } };
}

function keyring({ name, key }: NamedKey): RawAesKeyringNode {
  return new RawAesKeyringNode({
    keyName: name,
    keyNamespace: NAMESPACE,
    // The library takes a buffer of its own only: one out of Node's pool would share memory with others.
    unencryptedMasterKey: new Uint8Array(key),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
    // As the header does, and other languages' libraries (aws-encryption-sdk-javascript#428). By locale instead, ICU's
    // tables would be 5 MB of this process.
    utf8Sorting: true,
  });
}
