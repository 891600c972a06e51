import type { AuthConfig } from '../../config/config.ts';
import { createTokenVerifier, type TokenVerifier } from './tokens.ts';
import { rememberVerified } from './verified-tokens.ts';

/** The secret that tokens are signed with; `null` where an identity provider signs them. @param generated makes one. */
export function tokenSecret(auth: AuthConfig, generated: () => string): Uint8Array | null {
  if (auth.kind === 'jwks') return null;
  return new TextEncoder().encode(auth.kind === 'secret' ? auth.secret : generated());
}

/** Accepts the tokens that the settings say. */
export function serviceVerifier(auth: AuthConfig, secret: Uint8Array | null, now: () => number): TokenVerifier {
  const verifier = createTokenVerifier({
    secret,
    now,
    jwksUrl: auth.kind === 'jwks' ? new URL(auth.url) : null,
    jwks: auth.kind === 'jwks' ? { maxStaleMs: auth.maxStaleMs } : {},
    issuer: auth.issuer ?? undefined,
    audience: auth.audience ?? undefined,
  });
  return rememberVerified(verifier, { now });
}
