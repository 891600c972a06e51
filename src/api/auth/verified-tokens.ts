import { hash } from 'node:crypto';

import { LRUCache } from 'lru-cache';

import type { Caller } from './caller.ts';
import type { TokenVerifier } from './tokens.ts';

interface RememberingOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * How long an answer is good for: a key that its provider has taken back is accepted for so much longer.
   * @defaultValue 60,000 ms
   */
  readonly keptMs?: number;
  /** Tokens remembered at most, the one that was used longest ago forgotten first. @defaultValue 1,000 */
  readonly atMost?: number;
}

/**
 * Remembers who sent a token, never beyond the token's own end: a page that polls sends the same one over and over, and
 * checking it was a quarter of what such a request costs. A token that was refused is checked each time. Of tokens only
 * their hashes are kept.
 */
export function rememberVerified(
  verifier: TokenVerifier,
  { now, keptMs = 60_000, atMost = 1_000 }: RememberingOptions,
): TokenVerifier {
  const verified = new LRUCache<string, { readonly caller: Caller; readonly until: number }>({ max: atMost });
  return {
    async verify(token) {
      const name = hash('sha256', token, 'base64');
      const known = verified.get(name);
      if (known !== undefined && now() < known.until) return known.caller;
      verified.delete(name);
      const caller = await verifier.verify(token);
      verified.set(name, { caller, until: Math.min(now() + keptMs, caller.expiresAt) });
      return caller;
    },
  };
}
