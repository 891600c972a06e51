import { createRoute, z } from '@hono/zod-openapi';

import { DeletionPendingError, SessionNotFoundError } from '../../domain/errors.ts';
import type { Session, SessionAddress } from '../../domain/session.ts';
import type { Intent, RecordedIntent } from '../../store/session-store.ts';
import { json, NO_CONTENT, problems, strictQuery } from '../http/responses.ts';
import type { RouteDeps } from '../http/deps.ts';
import { refuseBody } from '../http/empty-body.ts';
import type { Api } from '../http/environment.ts';
import type { Namespace } from '../auth/namespaces.ts';
import { sessionResource, wholeNumber } from '../http/resources.ts';
import { SessionWatch } from '../streams/session-watch.ts';

const MAX_WAIT_S = 60;

const waitField = wholeNumber(
  0,
  MAX_WAIT_S,
  'Answer only once the session has settled, or after so many seconds.',
).optional();

const removal = z
  .strictObject({
    stillListed: z.literal(true).openapi({
      description: 'The phone lists this device until somebody removes it there, under Linked devices.',
    }),
  })
  .openapi('Removal');

const ACTIONS = [
  { action: 'start', summary: 'Start a session', limits: true },
  { action: 'stop', summary: 'Stop a session; it stays linked', limits: false },
  { action: 'restart', summary: 'Give a session a fresh browser', limits: true },
  { action: 'reconnect', summary: 'Connect again now, rather than after the backoff', limits: true },
  { action: 'logout', summary: 'Unlink a session and destroy its login', limits: false },
] as const satisfies readonly { action: Intent['action']; summary: string; limits: boolean }[];

/** Routes that write down what is wanted of a session. Its owner acts upon it. */
export function sessionIntentRoutes(
  api: Api,
  deps: RouteDeps,
  { prefix, tag, operation, sessionParams }: Namespace,
): void {
  const { store, feed, lifecycle, deadlines } = deps;
  const path = `${prefix}/sessions/{id}`;

  const record = async (address: SessionAddress, intent: Intent): Promise<RecordedIntent> => {
    try {
      return await store.record(address, intent);
    } catch (error) {
      // For everybody but its deleter it is gone already.
      throw error instanceof DeletionPendingError ? new SessionNotFoundError(address.id) : error;
    }
  };

  /** The session once it has settled after the request, or `null` at the deadline. */
  const settled = async (
    address: SessionAddress,
    intentSeq: number,
    watch: SessionWatch,
    waitMs: number,
  ): Promise<Session | null> => {
    const stored = await store.find(address);
    if (stored !== null && stored.intent.handledSeq >= intentSeq && stored.session.tags.includes('settled'))
      return stored.session;
    return watch.firstOfExisting(
      ({ session, intent }) => (intent.handledSeq >= intentSeq && session.tags.includes('settled') ? session : null),
      waitMs,
    );
  };

  for (const { action, summary, limits } of ACTIONS) {
    api.openapi(
      createRoute({
        method: 'post',
        path: `${path}/${action}`,
        tags: [tag],
        operationId: operation(`${action}Session`),
        summary,
        description: 'Idempotent: what is the case already changes nothing.',
        middleware: refuseBody,
        request: { params: sessionParams, query: z.strictObject({ wait: waitField }) },
        responses: {
          202: json(sessionResource, 'The request is written down; the session as it is now.'),
          200: json(sessionResource, 'With `wait`: the session has settled.'),
          ...problems('SESSION_NOT_FOUND', 'DRAINING', ...(limits ? (['USER_LIMIT', 'POOL_FULL'] as const) : [])),
        },
      }),
      async (c) => {
        const address = { userId: c.var.userId, id: c.req.valid('param').id };
        const { wait = 0 } = c.req.valid('query');
        if (wait === 0) return c.json((await record(address, { action })).session, 202);
        const watch = new SessionWatch({ feed, lifecycle, address, signal: c.req.raw.signal });
        try {
          const { intentSeq } = await record(address, { action });
          const session = await settled(address, intentSeq, watch, wait * 1_000);
          return session === null ? c.json(await store.get(address), 202) : c.json(session, 200);
        } finally {
          watch.close();
        }
      },
    );
  }

  api.openapi(
    createRoute({
      method: 'delete',
      path,
      tags: [tag],
      operationId: operation('deleteSession'),
      summary: 'Delete a session',
      description:
        'Unlinks it at WhatsApp, for which a stopped one is brought up once, and destroys its login, messages and history. Answers once that is done; after a `TIMEOUT` it still will be.',
      middleware: refuseBody,
      request: { params: sessionParams, query: strictQuery },
      responses: {
        204: NO_CONTENT,
        200: json(removal, 'Done, but WhatsApp could not be told within a limit.'),
        ...problems('SESSION_NOT_FOUND', 'DRAINING', 'TIMEOUT'),
      },
    }),
    async (c) => {
      const address = { userId: c.var.userId, id: c.req.valid('param').id };
      const watch = new SessionWatch({ feed, lifecycle, address, signal: c.req.raw.signal });
      try {
        await store.record(address, { action: 'delete' });
        const outcome = await watch.first(() => null, deadlines.deleteMs);
        if (outcome.kind !== 'deleted') throw watch.tooLate('Deleting the session', deadlines.deleteMs);
        return outcome.stillListed ? c.json({ stillListed: true } as const, 200) : c.body(null, 204);
      } finally {
        watch.close();
      }
    },
  );
}
