import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';

import type { Caller } from './caller.ts';
import { TokenKeysUnavailableError, UnauthenticatedError } from '../http/request-errors.ts';
import { createKeySet, type KeySetOptions } from './key-set.ts';
import { acceptedUserId } from './user-id.ts';

/** Tells who sent a token. */
export interface TokenVerifier {
  /**
   * Throws {@link UnauthenticatedError} for one that is not accepted, {@link TokenKeysUnavailableError} when no key can
   * be had.
   */
  verify(token: string): Promise<Caller>;
}

export interface TokenVerifierOptions {
  /** HS256, 32 bytes or more. */
  readonly secret: Uint8Array | null;
  /** Keys of an identity provider: RS256, ES256, EdDSA and Ed25519. */
  readonly jwksUrl: URL | null;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How the provider's key set is fetched and kept. */
  readonly jwks?: Omit<KeySetOptions, 'url' | 'now'>;
}

/** `Ed25519` is what `EdDSA` with that curve is called since RFC 9864. */
const JWKS_ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];

const claimsSchema = z.object({
  sub: acceptedUserId,
  exp: z.number().finite(),
  scope: z.string().optional(),
});

/**
 * Verifies tokens with a shared secret, a provider's key set, or both. A key is only ever used with its own algorithms,
 * which is what rules out algorithm confusion (RFC 8725, section 3.1): a public key can never be taken for the secret.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { secret, jwksUrl, issuer, audience, now, jwks = {} } = options;
  if (secret !== null && secret.length < 32)
    throw new RangeError(`The token secret has ${secret.length} bytes: 32 are the least.`);
  const keySet = jwksUrl === null ? null : createKeySet({ url: jwksUrl, now, ...jwks });
  const expected = {
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    requiredClaims: ['exp', 'sub'],
  };

  const check = async (token: string): Promise<JWTPayload> => {
    const checks = { ...expected, currentDate: new Date(now()) };
    const { alg } = decodeProtectedHeader(token);
    if (secret !== null && alg === 'HS256')
      return (await jwtVerify(token, secret, { ...checks, algorithms: ['HS256'] })).payload;
    if (keySet !== null && alg !== undefined && JWKS_ALGORITHMS.includes(alg)) {
      return (await jwtVerify(token, keySet, { ...checks, algorithms: JWKS_ALGORITHMS })).payload;
    }
    throw new errors.JOSEAlgNotAllowed();
  };

  return {
    verify: async (token) => {
      const payload = await check(token).catch(refuse);
      const claims = claimsSchema.safeParse(payload);
      if (!claims.success) {
        const claim = claims.error.issues[0]?.path.join('.') ?? '';
        throw new UnauthenticatedError(`The token's claim "${claim}" is not acceptable.`, {
          sent: true,
          cause: claims.error,
        });
      }
      const { sub, exp, scope = '' } = claims.data;
      return { userId: sub, scopes: scope.split(' ').filter((name) => name !== ''), expiresAt: exp * 1_000 };
    },
  };
}

function refuse(error: unknown): never {
  if (error instanceof TokenKeysUnavailableError) throw error;
  throw new UnauthenticatedError(explain(error), { sent: true, cause: error });
}

function explain(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'Tokens signed with this algorithm are not accepted.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.reason === 'missing'
      ? `The token lacks the claim "${error.claim}".`
      : `The token's claim "${error.claim}" is not the one expected.`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is not valid.';
  if (error instanceof errors.JWKSNoMatchingKey) return 'The key of the token is not known.';
  return 'The token is not valid.';
}
