import type { MiddlewareHandler } from 'hono';
import { etag, RETAINED_304_HEADERS } from 'hono/etag';

import type { Session } from '../../domain/session.ts';
import { etagHeader } from './responses.ts';
import type { ApiEnv } from './environment.ts';

/** Answers 304 to a client that has this version already, by the ETag that the route has set. */
export const conditional: MiddlewareHandler<ApiEnv> = etag({
  retainedHeaders: [
    ...RETAINED_304_HEADERS,
    'x-request-id',
    'access-control-allow-origin',
    'access-control-expose-headers',
  ],
});

export function entityTag({ rev }: Pick<Session, 'rev'>): string {
  return `"${rev}"`;
}

/** Declared without a type: an answer that has no body would leave the handler free to answer with anything. */
export const NOT_MODIFIED: object = {
  304: { description: 'It is still what `If-None-Match` names.', headers: etagHeader },
};
