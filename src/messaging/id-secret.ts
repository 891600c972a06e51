import { createHmac } from 'node:crypto';

import type { Redis } from 'ioredis';

import { ensureError } from '../domain/errors.ts';
import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import type { KeyRing } from '../vault/key-ring.ts';

interface IdSecretOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly ring: Pick<KeyRing, 'protect' | 'reveal' | 'renew'>;
  /** The master key that seals now. A fleet that has no secret yet begins with one that follows from it. */
  readonly firstKey: Uint8Array;
  readonly log: { warn(fields: object, message: string): void };
}

const BINDING = { purpose: 'wa-ids' };

/**
 * The secret from which the WhatsApp ids follow that Idempotency-Keys stand for: one for the whole fleet, kept in Redis
 * under the master keys, so that a retry has the same id after they were rotated. Throws {@link StoreUnavailableError}.
 */
export async function openIdSecret(options: IdSecretOptions): Promise<Buffer> {
  const { redis, keys, ring, firstKey, log } = options;
  const kept = await reachStore(() => redis.get(keys.idSecret));
  if (kept === null) {
    // Should Redis be lost before the key is rotated, it is the same again.
    const secret = createHmac('sha256', firstKey).update('wa-ids').digest();
    const made = await ring.protect(secret, BINDING);
    const isOurs = await reachStore(() => redis.set(keys.idSecret, made, 'NX'));
    return isOurs === null ? openIdSecret(options) : secret;
  }
  try {
    const secret = await ring.reveal(kept, BINDING);
    const renewed = await ring.renew(kept, BINDING);
    // Whoever else renews it seals the same secret.
    if (renewed !== null) await reachStore(() => redis.set(keys.idSecret, renewed));
    return secret;
  } catch (error) {
    log.warn(
      { err: ensureError(error) },
      'no key opens the secret behind the ids of messages: from now on an Idempotency-Key of before stands for another id',
    );
    await reachStore(() => redis.del(keys.idSecret));
    return openIdSecret(options);
  }
}
