import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import type { Session } from '../../domain/session.ts';
import { etagHeader, json, problems, strictQuery } from '../http/responses.ts';
import type { RouteDeps } from '../http/deps.ts';
import { conditional, entityTag, NOT_MODIFIED } from '../http/conditional.ts';
import { isHistoryCursor, openCursor, sealCursor } from '../http/cursors.ts';
import type { Api, ApiEnv } from '../http/environment.ts';
import type { Namespace } from '../auth/namespaces.ts';
import { cursorField, limitField, sessionResource, statusResource, transitionPage } from '../http/resources.ts';

const readHeaders = {
  ...etagHeader,
  Age: {
    schema: { type: 'integer' as const },
    description: 'Only while Redis is away: this is how it last was, so many seconds ago.',
  },
};

export function sessionReadRoutes(
  api: Api,
  { store, lastKnown }: RouteDeps,
  { prefix, tag, operation, sessionParams }: Namespace,
): void {
  const path = `${prefix}/sessions/{id}`;
  /** The session as it is, or was last, with the headers that say which. */
  const read = async (c: Context<ApiEnv>, id: string): Promise<Session> => {
    const known = await lastKnown.get({ userId: c.var.userId, id });
    c.header('etag', entityTag(known.session));
    c.header('cache-control', 'private, no-cache');
    if (known.kind === 'last_known') c.header('age', ageOf(known.ageMs));
    return known.session;
  };

  api.openapi(
    createRoute({
      method: 'get',
      path,
      tags: [tag],
      operationId: operation('getSession'),
      summary: 'Get a session',
      middleware: conditional,
      request: { params: sessionParams, query: strictQuery },
      responses: {
        200: { ...json(sessionResource, 'The session.'), headers: readHeaders },
        ...NOT_MODIFIED,
        ...problems('SESSION_NOT_FOUND'),
      },
    }),
    async (c) => c.json(await read(c, c.req.valid('param').id), 200),
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${path}/status`,
      tags: [tag],
      operationId: operation('getSessionStatus'),
      summary: 'Get a session’s status',
      description: 'For pages that poll; streams (`/events`) are cheaper and at once.',
      middleware: conditional,
      request: { params: sessionParams, query: strictQuery },
      responses: {
        200: { ...json(statusResource, 'The status.'), headers: readHeaders },
        ...NOT_MODIFIED,
        ...problems('SESSION_NOT_FOUND'),
      },
    }),
    async (c) => c.json(statusOf(await read(c, c.req.valid('param').id)), 200),
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${path}/history`,
      tags: [tag],
      operationId: operation('getSessionHistory'),
      summary: 'List a session’s transitions',
      request: { params: sessionParams, query: z.strictObject({ limit: limitField, cursor: cursorField }) },
      responses: { 200: json(transitionPage, 'Newest first.'), ...problems('SESSION_NOT_FOUND') },
    }),
    async (c) => {
      const address = { userId: c.var.userId, id: c.req.valid('param').id };
      const { limit, cursor } = c.req.valid('query');
      const after = openCursor(cursor, isHistoryCursor);
      await store.get(address);
      const { items, nextCursor } = await store.history(address, limit, after);
      return c.json({ items: [...items], nextCursor: sealCursor(nextCursor) }, 200);
    },
  );
}

/** In whole seconds, as HTTP has it; of something just seen, one. */
function ageOf(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1_000)));
}

function statusOf({ id, state, tags, phoneNumber, since, qr, rev }: Session): z.infer<typeof statusResource> {
  return { id, state, connected: tags.includes('connected'), phoneNumber, since, qrAvailable: qr !== null, rev };
}
