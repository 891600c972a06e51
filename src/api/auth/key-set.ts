import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

import { TokenKeysUnavailableError } from '../http/request-errors.ts';

export interface KeySetOptions {
  readonly url: URL;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long one fetch may take. @defaultValue 5,000 ms */
  readonly timeoutMs?: number;
  /** The least time between two fetches, failed or not. @defaultValue 30,000 ms */
  readonly cooldownMs?: number;
  /** Older keys are fetched anew, beside the requests that they still serve. @defaultValue 600,000 ms */
  readonly freshMs?: number;
  /** Keys that could not be fetched anew for this long serve nobody any more. @defaultValue 86,400,000 ms */
  readonly maxStaleMs?: number;
}

/** Errors of a key set that did answer: the token's key is not in it, or cannot be told. */
const ANSWERED = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/**
 * The keys of an identity provider. Known keys serve on while it is away, since locking everybody out is worse than a
 * key that its provider has withdrawn counting for some hours longer. One fetch is under way at a time, and none within
 * the cooldown of the one before: an outage costs the provider two requests a minute, not one for each of ours.
 *
 * The returned function throws {@link TokenKeysUnavailableError} where no key can be had.
 */
export function createKeySet(options: KeySetOptions): JWTVerifyGetKey {
  const { url, now, timeoutMs = 5_000, cooldownMs = 30_000, freshMs = 600_000, maxStaleMs = 86_400_000 } = options;
  // When to fetch is decided here: jose itself forgets its keys when they are old, and counts only fetches that went well.
  const jwks = createRemoteJWKSet(url, {
    timeoutDuration: timeoutMs,
    cooldownDuration: Infinity,
    cacheMaxAge: Infinity,
  });
  let fetchedAt = -Infinity;
  let triedAt = -Infinity;
  let failure: unknown = null;
  let fetching: Promise<void> | null = null;

  const fetchKeys = async (): Promise<void> => {
    triedAt = now();
    try {
      await jwks.reload();
      fetchedAt = now();
      failure = null;
    } catch (error) {
      failure = error;
    }
  };
  /** Resolves when the fetch that is under way is over; starts one unless the last began too short a time ago. */
  const refresh = (): Promise<void> => {
    if (fetching === null && now() - triedAt < cooldownMs) return Promise.resolve();
    fetching ??= fetchKeys().finally(() => (fetching = null));
    return fetching;
  };
  const mustServe = (): void => {
    if (now() - fetchedAt >= maxStaleMs) throw new TokenKeysUnavailableError(failure);
  };

  return async (header, token) => {
    const age = now() - fetchedAt;
    if (age >= maxStaleMs) await refresh();
    // Nobody waits for it: `fetchKeys` does not reject.
    else if (age >= freshMs) void refresh();
    mustServe();
    try {
      return await jwks(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw keySetError(error);
    }
    // A provider that changes its keys signs with the new one at once.
    await refresh();
    mustServe();
    try {
      return await jwks(header, token);
    } catch (error) {
      // The key may be one that could not be fetched.
      if (failure !== null) throw new TokenKeysUnavailableError(failure);
      throw keySetError(error);
    }
  };
}

function keySetError(error: unknown): unknown {
  return ANSWERED.some((answered) => error instanceof answered) ? error : new TokenKeysUnavailableError(error);
}
