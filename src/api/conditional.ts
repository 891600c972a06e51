import type { Context } from 'hono';

import type { Session } from '../domain/session.ts';

export function entityTag({ rev }: Pick<Session, 'rev'>): string {
  return `"${rev}"`;
}

/** Whether the client has this version already. If-None-Match compares weakly (RFC 9110, section 13.1.2). */
export function isUnchanged(c: Context, session: Pick<Session, 'rev'>): boolean {
  const known = c.req.header('if-none-match');
  if (known === undefined) return false;
  const tags = new Set(known.split(',').map((tag) => tag.trim().replace(/^W\//, '')));
  return tags.has('*') || tags.has(entityTag(session));
}
