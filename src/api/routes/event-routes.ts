import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { SessionNotFoundError, DrainingError } from '../../domain/errors.ts';
import { EVENT_TYPES, type FeedEvent } from '../../domain/events.ts';
import type { Session } from '../../domain/session.ts';
import { isPosition } from '../../store/position.ts';
import type { FeedScope } from '../../store/feed-listeners.ts';
import type { SessionStore } from '../../store/session-store.ts';
import { problems } from '../http/responses.ts';
import type { RouteDeps } from '../http/deps.ts';
import { isAdmin } from '../auth/caller.ts';
import type { Api, ApiEnv } from '../http/environment.ts';
import { openEventStream } from '../streams/event-stream.ts';
import { OWN, type Namespace } from '../auth/namespaces.ts';

const PAGE = 200;

const streamQuery = z.strictObject({
  types: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(z.enum(EVENT_TYPES)))
    .optional()
    .openapi({
      type: 'string',
      description: `Only these, with commas: ${EVENT_TYPES.join(', ')}.`,
      example: 'session.snapshot,session.deleted',
    }),
  ticket: z
    .string()
    .optional()
    .openapi({ description: 'For `EventSource`, which cannot send headers. See `POST /api/tickets`.' }),
});
const streamHeaders = z.object({
  'last-event-id': z
    .string()
    .refine(isPosition, 'must be the id of an event of this stream')
    .optional()
    .openapi({ description: 'Resume behind this event: nothing is missed and nothing comes twice.' }),
});
const STREAM = {
  200: {
    description:
      'Frames of `id`, `event` and `data`. Without `Last-Event-ID` first a `session.snapshot` of each session as it is (`event` in its data is null; only the last one has ' +
      'an `id`), then each change. `gap`: the position is older than what is kept; present snapshots follow, and then what is kept. Comments every 15 s keep proxies awake. ' +
      'The stream ends on shutdown, when the token expires, and for a client that reads too slowly: connect again and resume.',
    content: { 'text/event-stream': { schema: z.string() } },
  },
};

export function eventRoutes(api: Api, deps: RouteDeps, namespace: Namespace): void {
  const { prefix, operation, sessionParams, collectionParams } = namespace;
  const { store } = deps;
  const shared = { method: 'get' as const, tags: ['Events'], security: [{ token: [] }, { ticket: [] }] };

  api.openapi(
    createRoute({
      ...shared,
      path: `${prefix}/sessions/{id}/events`,
      operationId: operation('streamSession'),
      summary: 'Follow one session',
      description: 'Stays open after `session.deleted`: a session of the same id may be created anew.',
      request: { params: sessionParams, query: streamQuery, headers: streamHeaders },
      responses: { ...STREAM, ...problems('SESSION_NOT_FOUND', 'DRAINING') },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await store.get({ userId: c.var.userId, id });
      return stream(
        c,
        deps,
        { kind: 'session', userId: c.var.userId, sessionId: id },
        { ...c.req.valid('query'), after: c.req.valid('header')['last-event-id'] },
      );
    },
  );

  api.openapi(
    createRoute({
      ...shared,
      path: `${prefix}/events`,
      operationId: operation('streamSessions'),
      summary:
        namespace === OWN ? 'Follow all your sessions; for an admin, everybody’s' : 'Follow all sessions of the user',
      request: { params: collectionParams, query: streamQuery, headers: streamHeaders },
      responses: { ...STREAM, ...problems('DRAINING') },
    }),
    async (c) => {
      const userId = namespace === OWN && isAdmin(c.var.caller) ? null : c.var.userId;
      // Says now, by a status, if the store cannot be reached.
      await store.list({ userId: userId ?? undefined, limit: 1 });
      return stream(c, deps, userId === null ? { kind: 'all' } : { kind: 'user', userId }, {
        ...c.req.valid('query'),
        after: c.req.valid('header')['last-event-id'],
      });
    },
  );
}

interface StreamRequest {
  readonly types?: readonly string[] | undefined;
  readonly after: string | undefined;
}

function stream(c: Context<ApiEnv>, deps: RouteDeps, scope: FeedScope, { types, after }: StreamRequest): Response {
  const { store, feed, payloadOf, lifecycle, streams, metrics, now, logger } = deps;
  if (lifecycle.phase() === 'draining') throw new DrainingError();
  const { requestId, caller } = c.var;
  const asks = (type: string): boolean => types?.includes(type) ?? true;
  const isWithin = ({ userId, sessionId }: FeedEvent): boolean =>
    scope.kind === 'all' || (scope.userId === userId && (scope.kind === 'user' || scope.sessionId === sessionId));
  const events = openEventStream({
    feed,
    payloadOf,
    lifecycle,
    limits: streams,
    scope,
    selects: (event) => isWithin(event) && asks(event.type),
    present: () => (asks('session.snapshot') ? presentSessions(store, scope) : nothing()),
    after: after ?? null,
    expiresAt: caller.expiresAt,
    now,
    onOpen: () => metrics.streamOpened(),
    onSlow: () => {
      logger.warn({ requestId, userId: caller.userId }, 'a client reads its stream too slowly and is dropped');
      c.env?.outgoing?.destroy();
    },
    onError: (err) => logger.error({ err, requestId }, 'a stream broke off'),
  });
  return c.body(events, 200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
}

async function* presentSessions(store: SessionStore, scope: FeedScope): AsyncGenerator<readonly Session[]> {
  if (scope.kind === 'session') {
    try {
      yield [await store.get({ userId: scope.userId, id: scope.sessionId })];
    } catch (error) {
      // It was deleted a moment ago: the stream will say so.
      if (!(error instanceof SessionNotFoundError)) throw error;
    }
    return;
  }
  const userId = scope.kind === 'all' ? undefined : scope.userId;
  let cursor: string | undefined;
  do {
    const page = await store.list({ userId, limit: PAGE, cursor });
    yield page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function* nothing(): AsyncGenerator<readonly Session[]> {
  // A filter that leaves snapshots out leaves the present ones out too.
}
