import { createRoute, z } from '@hono/zod-openapi';

import { json, problems } from '../http/responses.ts';
import type { RouteDeps } from '../http/deps.ts';
import { refuseBody } from '../http/empty-body.ts';
import type { Api } from '../http/environment.ts';

const ticketResource = z
  .strictObject({ ticket: z.string().openapi({ description: 'Send it as `?ticket=`.' }), expiresAt: z.iso.datetime() })
  .openapi('Ticket');

export function ticketRoutes(api: Api, { tickets }: Pick<RouteDeps, 'tickets'>): void {
  api.openapi(
    createRoute({
      method: 'post',
      path: '/api/tickets',
      tags: ['Tickets'],
      operationId: 'createTicket',
      summary: 'Get a ticket for EventSource or <img>',
      description:
        'Good for one request within 60 s, for `events` and `qr` routes only. What it opens ends with the token.',
      middleware: refuseBody,
      responses: { 200: json(ticketResource, 'The ticket.'), ...problems() },
    }),
    async (c) => {
      const { userId, scopes, expiresAt } = c.var.caller;
      return c.json(await tickets.issue({ userId, scopes: [...scopes], expiresAt }), 200);
    },
  );
}
