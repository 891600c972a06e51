import { createRoute } from '@hono/zod-openapi';

import { pacingSchema } from '../../domain/pacing.ts';
import type { Sending } from '../../messaging/sending.ts';
import type { Api } from '../http/environment.ts';
import { named } from '../http/openapi-schema.ts';
import { body, json, problems, strictQuery } from '../http/responses.ts';
import type { Namespace } from '../auth/namespaces.ts';

const pacing = named(pacingSchema, 'Pacing', { example: { burst: 5, perSecond: 1, jitter: 0.5 } });

/** How fast a session sends. Settings and counters outlive restarts and takeovers. */
export function pacingRoutes(
  api: Api,
  { sending }: { readonly sending: Sending },
  { prefix, tag, operation, sessionParams }: Namespace,
): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: `${prefix}/sessions/{id}/pacing`,
      tags: [tag],
      operationId: operation('getPacing'),
      summary: 'Get how fast a session sends',
      request: { params: sessionParams, query: strictQuery },
      responses: { 200: json(pacing, 'The pacing.'), ...problems('SESSION_NOT_FOUND') },
    }),
    async (c) => c.json(await sending.pacing({ userId: c.var.userId, id: c.req.valid('param').id }), 200),
  );

  api.openapi(
    createRoute({
      method: 'put',
      path: `${prefix}/sessions/{id}/pacing`,
      tags: [tag],
      operationId: operation('setPacing'),
      summary: 'Set how fast a session sends',
      request: { params: sessionParams, body: body(pacing) },
      responses: {
        200: json(pacing, 'The pacing.'),
        ...problems('SESSION_NOT_FOUND', 'PAYLOAD_TOO_LARGE', 'DRAINING'),
      },
    }),
    async (c) => {
      const address = { userId: c.var.userId, id: c.req.valid('param').id };
      return c.json(await sending.setPacing(address, c.req.valid('json')), 200);
    },
  );
}
