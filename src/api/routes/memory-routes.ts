import { createRoute } from '@hono/zod-openapi';

import { json, problems, strictQuery } from '../http/responses.ts';
import type { RouteDeps } from '../http/deps.ts';
import { isAdmin } from '../auth/caller.ts';
import type { Api } from '../http/environment.ts';
import { OWN, type Namespace } from '../auth/namespaces.ts';
import { memoryResource } from '../http/resources.ts';

/** Apart from the sessions: what a browser holds changes all the time, and would make of each session a new version. */
export function memoryRoutes(api: Api, { browserMemory }: RouteDeps, namespace: Namespace): void {
  const { prefix, tag, operation, collectionParams } = namespace;
  api.openapi(
    createRoute({
      method: 'get',
      path: `${prefix}/memory`,
      tags: [tag],
      operationId: operation('getMemory'),
      summary:
        namespace === OWN
          ? 'What your sessions’ browsers hold in memory; for an admin, everybody’s'
          : 'What the browsers of the user’s sessions hold in memory',
      description:
        'Read about every 15 s. Only sessions whose number is known are in it: ready ones whose browser was looked at since they became so. ' +
        'A simulated browser has none, and what a node told more than 45 s ago is forgotten.',
      request: { params: collectionParams, query: strictQuery },
      responses: { 200: json(memoryResource, 'In the order of users and ids.'), ...problems() },
    }),
    async (c) => {
      const readings = await browserMemory.read(namespace === OWN && isAdmin(c.var.caller) ? null : c.var.userId);
      return c.json(
        {
          items: readings.map(({ id, userId, bytes, at }) => ({
            id,
            userId,
            bytes,
            measuredAt: new Date(at).toISOString(),
          })),
        },
        200,
      );
    },
  );
}
