import { createRoute } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';

import { NotWaitingQrError } from '../../domain/errors.ts';
import { simulatedEventSchema } from '../../domain/simulation.ts';
import { body, json, problems } from '../http/responses.ts';
import type { RouteDeps } from '../http/deps.ts';
import { named } from '../http/openapi-schema.ts';
import type { Api, ApiEnv } from '../http/environment.ts';
import type { Namespace } from '../auth/namespaces.ts';
import { RouteNotFoundError } from '../http/request-errors.ts';
import { sessionResource } from '../http/resources.ts';

/** Events that need a QR code on the screen. */
const NEEDS_QR: ReadonlySet<string> = new Set(['scan', 'refuse']);

const simulated = named(simulatedEventSchema, 'SimulatedEvent', {
  example: { event: 'scan', phoneNumber: '5215550001111' },
});

/** Sends events to the phone, network, page and browser of a simulated session. */
export function simulationRoutes(
  api: Api,
  { store, simulation }: RouteDeps,
  { prefix, tag, operation, sessionParams }: Namespace,
): void {
  // With a real driver there is no such route, not even for a bad request.
  const onlySimulated: MiddlewareHandler<ApiEnv> = async (_c, next) => {
    if (simulation === null) throw new RouteNotFoundError();
    await next();
  };

  api.openapi(
    createRoute({
      method: 'post',
      path: `${prefix}/sessions/{id}/simulate`,
      tags: [tag],
      operationId: operation('simulate'),
      summary: 'Simulate the phone, the network or the browser (only with DRIVER=simulated)',
      description: 'What follows is told on `/events`.',
      middleware: onlySimulated,
      request: { params: sessionParams, body: body(simulated) },
      responses: {
        202: json(sessionResource, 'It will be played; the session as it is now.'),
        ...problems('SESSION_NOT_FOUND', 'NOT_FOUND', 'NOT_WAITING_QR', 'PAYLOAD_TOO_LARGE', 'DRAINING'),
      },
    }),
    async (c) => {
      if (simulation === null) throw new RouteNotFoundError();
      const event = c.req.valid('json');
      const address = { userId: c.var.userId, id: c.req.valid('param').id };
      const session = await store.get(address);
      if (NEEDS_QR.has(event.event) && session.state !== 'waiting_qr') throw new NotWaitingQrError(session.state);
      await simulation.send(address, event);
      return c.json(session, 202);
    },
  );
}
