/** Who is signed in: what the token says of itself. Only the service checks it. */
export interface Access {
  readonly token: string;
  readonly userId: string;
  readonly scope: 'own' | 'read_only' | 'admin';
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Reads the claims of a JWT; `null` for what is none. */
export function readAccess(token: string): Access | null {
  try {
    const [, payload = ''] = token.trim().split('.');
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof claims !== 'object' || claims === null || !('sub' in claims) || !('exp' in claims)) return null;
    if (typeof claims.sub !== 'string' || typeof claims.exp !== 'number') return null;
    const scopes = 'scope' in claims && typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
    return { token: token.trim(), userId: claims.sub, scope: scopeOf(scopes), expiresAt: claims.exp * 1_000 };
  } catch {
    return null;
  }
}

function scopeOf(scopes: readonly string[]): Access['scope'] {
  if (scopes.includes('admin')) return 'admin';
  return scopes.includes('sessions:read') ? 'read_only' : 'own';
}
