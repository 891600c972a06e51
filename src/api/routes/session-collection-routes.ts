import { setTimeout as delay } from 'node:timers/promises';

import { createRoute, z } from '@hono/zod-openapi';

import { DeletionPendingError } from '../../domain/errors.ts';
import { parseProxy, PROXY_FORM } from '../../domain/proxy.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { CreateOptions, RecordedIntent } from '../../store/session-store.ts';
import { body, json, problems } from '../http/responses.ts';
import type { RouteDeps } from '../http/deps.ts';
import { AddressRefusedError } from '../../host/outbound/address-guard.ts';
import { InvalidRequestError } from '../http/request-errors.ts';
import { isAdmin } from '../auth/caller.ts';
import { isEverybodysCursor, isUsersCursor, openCursor, sealCursor } from '../http/cursors.ts';
import type { Api } from '../http/environment.ts';
import { metadataField } from '../http/metadata.ts';
import { OWN, type Namespace } from '../auth/namespaces.ts';
import {
  cursorField,
  limitField,
  phoneNumberField,
  sessionIdField,
  sessionPage,
  sessionResource,
  stateField,
} from '../http/resources.ts';

/** Between two looks at whether a former session of the id is gone. */
const FORMER_POLL_MS = 100;

const creation = z
  .strictObject({
    id: sessionIdField,
    start: z.boolean().default(true).openapi({ description: 'Start it at once.' }),
    pairWith: phoneNumberField
      .optional()
      .openapi({ description: 'Link by a pairing code for this phone number rather than by a QR.' }),
    metadata: metadataField.optional(),
    proxy: z
      .strictObject({ url: z.string().refine((url) => parseProxy(url) !== null, PROXY_FORM) })
      .nullable()
      .optional()
      .openapi({
        description:
          'What the session’s page goes through: `http`, `https` or `socks5`, user and password allowed; `null` for none. Sealed, and never shown again. A change gives a running session a fresh browser.',
      }),
    rebind: z.literal(true).optional().openapi({
      description:
        'Let another phone be linked than the one it is bound to. Without it a session that has lost its login refuses any other number (`failed`, `other_account`), until it is logged out.',
    }),
  })
  .openapi('SessionCreation', { example: { id: 'sales' } });

export function sessionCollectionRoutes(
  api: Api,
  { store, proxies, deadlines }: RouteDeps,
  namespace: Namespace,
): void {
  const { prefix, tag, operation, collectionParams } = namespace;

  const create = async (address: SessionAddress, options: CreateOptions): Promise<RecordedIntent> => {
    const attempts = Math.ceil(deadlines.formerMs / FORMER_POLL_MS);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await store.create(address, options);
      } catch (error) {
        if (!(error instanceof DeletionPendingError) || attempt >= attempts) throw error;
        await delay(FORMER_POLL_MS);
      }
    }
  };

  api.openapi(
    createRoute({
      method: 'post',
      path: `${prefix}/sessions`,
      tags: [tag],
      operationId: operation('createSession'),
      summary: 'Create a session, or find it',
      description:
        'Two requests at once make one session. One that exists is reused: a running one is never started twice, a stopped one is started unless `start` is false.',
      request: { params: collectionParams, body: body(creation) },
      responses: {
        201: json(sessionResource, 'It is new.'),
        200: json(sessionResource, 'It existed.'),
        ...problems('DELETION_PENDING', 'PAYLOAD_TOO_LARGE', 'USER_LIMIT', 'POOL_FULL', 'DRAINING'),
      },
    }),
    async (c) => {
      const { id, start, pairWith, metadata = {}, proxy: given, rebind } = c.req.valid('json');
      const proxy =
        given === undefined ? undefined : await proxyChange(proxies, { userId: c.var.userId, id }, given?.url ?? null);
      const { session, created } = await create(
        { userId: c.var.userId, id },
        { start, pairWith, metadata, proxy, rebind },
      );
      c.header('location', `${c.req.path.replace(/\/+$/, '')}/${id}`);
      return created ? c.json(session, 201) : c.json(session, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${prefix}/sessions`,
      tags: [tag],
      operationId: operation('listSessions'),
      summary: namespace === OWN ? 'List your sessions; for an admin, everybody’s' : 'List the user’s sessions',
      request: {
        params: collectionParams,
        query: z.strictObject({ state: stateField.optional(), limit: limitField, cursor: cursorField }),
      },
      responses: {
        200: json(sessionPage, 'In the order of their ids; of everybody’s, of the users first.'),
        ...problems(),
      },
    }),
    async (c) => {
      const { state, limit, cursor } = c.req.valid('query');
      const userId = namespace === OWN && isAdmin(c.var.caller) ? undefined : c.var.userId;
      const after = openCursor(cursor, userId === undefined ? isEverybodysCursor : isUsersCursor);
      const { items, nextCursor } = await store.list({ userId, state, limit, cursor: after });
      return c.json({ items: [...items], nextCursor: sealCursor(nextCursor) }, 200);
    },
  );
}

/** What is to be written of the proxy; `undefined` when the session has it already. Throws {@link InvalidRequestError}. */
async function proxyChange(
  proxies: RouteDeps['proxies'],
  address: SessionAddress,
  url: string | null,
): Promise<string | undefined> {
  try {
    return await proxies.sealedChange(address, url);
  } catch (error) {
    if (!(error instanceof AddressRefusedError)) throw error;
    throw new InvalidRequestError([{ path: 'proxy.url', message: 'leads to an address that is not public' }]);
  }
}
