import { buildEncrypt } from '@aws-crypto/encrypt-node';
import { AlgorithmSuiteIdentifier, CommitmentPolicy } from '@aws-crypto/material-management-node';
import { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from '@aws-crypto/raw-aes-keyring-node';
import { expect, it } from 'vitest';

import { openBytes } from '../../src/vault/frames.ts';

const KEY = { name: 'test', key: new Uint8Array(32).fill(7) };
/** The names under which a key is bound (key-ring.ts). */
const BINDING = { user: 'ana', session: 'sales', epoch: '7', bytes: '12', sealedAt: '2026-01-02T03:04:05.000Z' };

it('opens what was sealed while the names of a binding were sorted by locale', async () => {
  const { encrypt } = buildEncrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const keyring = new RawAesKeyringNode({
    keyName: KEY.name,
    keyNamespace: 'vault',
    unencryptedMasterKey: new Uint8Array(KEY.key),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
    utf8Sorting: false,
  });
  const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;
  const { result } = await encrypt(keyring, Buffer.from('a login'), { suiteId, encryptionContext: BINDING });
  const { bytes, binding } = await openBytes(KEY, result);
  expect(bytes.toString()).toBe('a login');
  expect(binding).toEqual(BINDING);
});
