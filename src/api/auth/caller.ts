/** The user who makes a request, as a token or a ticket names them. */
export interface Caller {
  readonly userId: string;
  readonly scopes: readonly string[];
  /** When the token ends, or the one that the ticket was made with; ms since 1970. Its streams end then. */
  readonly expiresAt: number;
}

export function isAdmin({ scopes }: Caller): boolean {
  return scopes.includes('admin');
}

/**
 * Without any scope of ours a token may read and write its user's sessions; identity providers add scopes of their own,
 * such as `openid`. `sessions:read` takes the writing away, unless `sessions:write` stands beside it.
 */
export function mayWrite(caller: Caller): boolean {
  const { scopes } = caller;
  return isAdmin(caller) || scopes.includes('sessions:write') || !scopes.includes('sessions:read');
}
