import { createRoute, z } from '@hono/zod-openapi';

import type { Namespace } from '../auth/namespaces.ts';
import { isStreamCursor, openCursor, sealCursor } from '../http/cursors.ts';
import type { RouteDeps } from '../http/deps.ts';
import type { Api } from '../http/environment.ts';
import { cursorField, limitField } from '../http/resources.ts';
import { body, json, problems } from '../http/responses.ts';
import {
  deadLetterPage,
  deliveryPage,
  replayRequest,
  rotation,
  webhookResource,
  webhookTest,
  webhookWithSecret,
} from '../http/webhook-resources.ts';
import { shown } from './webhook-routes.ts';

const TAG = 'Webhooks';
const page = z.strictObject({ limit: limitField, cursor: cursorField });

/** What was delivered to an endpoint, what was not, and once more. */
export function webhookDeliveryRoutes(api: Api, { webhooks }: RouteDeps, namespace: Namespace): void {
  const { prefix, operation, webhookParams: params } = namespace;
  const path = `${prefix}/webhooks/{webhookId}`;

  api.openapi(
    createRoute({
      method: 'post',
      path: `${path}/rotate-secret`,
      tags: [TAG],
      operationId: operation('rotateWebhookSecret'),
      summary: 'Make a new secret',
      description: 'Both sign until the overlap is over, so that the receiver has time to learn it.',
      request: { params, body: { content: { 'application/json': { schema: rotation } } } },
      responses: {
        200: json(webhookWithSecret, 'The endpoint, with its new secret.'),
        ...problems('NOT_FOUND', 'DRAINING'),
      },
    }),
    async (c) => {
      const { overlapMs } = rotation.parse(c.req.valid('json') ?? {});
      const rotated = await webhooks.rotateSecret(c.var.userId, c.req.valid('param').webhookId, overlapMs);
      return c.json({ ...shown(rotated), secret: rotated.secret }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: `${path}/test`,
      tags: [TAG],
      operationId: operation('testWebhook'),
      summary: 'Deliver `webhook.test` now',
      request: { params },
      responses: { 200: json(webhookTest, 'What came of it.'), ...problems('NOT_FOUND', 'DRAINING') },
    }),
    async (c) => {
      const { delivered, status, ms, error } = await webhooks.test(
        c.var.userId,
        c.req.valid('param').webhookId,
        c.req.raw.signal,
      );
      return c.json({ delivered, status, ms, error }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: `${path}/enable`,
      tags: [TAG],
      operationId: operation('enableWebhook'),
      summary: 'Deliver again',
      description: 'Goes on where it stopped, as far as that is kept.',
      request: { params },
      responses: { 200: json(webhookResource, 'The endpoint.'), ...problems('NOT_FOUND', 'DRAINING') },
    }),
    async (c) => c.json(shown(await webhooks.enable(c.var.userId, c.req.valid('param').webhookId)), 200),
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${path}/deliveries`,
      tags: [TAG],
      operationId: operation('listWebhookDeliveries'),
      summary: 'List the last attempts',
      description: 'The last thousand of seven days, without a word of what was sent or answered.',
      request: { params, query: page },
      responses: { 200: json(deliveryPage, 'Newest first.'), ...problems('NOT_FOUND') },
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const after = openCursor(cursor, isStreamCursor);
      const found = await webhooks.deliveries(c.var.userId, c.req.valid('param').webhookId, limit, after);
      return c.json({ items: [...found.items], nextCursor: sealCursor(found.nextCursor) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${path}/dead-letters`,
      tags: [TAG],
      operationId: operation('listWebhookDeadLetters'),
      summary: 'List what the endpoint refused for good',
      request: { params, query: page },
      responses: { 200: json(deadLetterPage, 'Newest first.'), ...problems('NOT_FOUND') },
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const after = openCursor(cursor, isStreamCursor);
      const found = await webhooks.deadLetters(c.var.userId, c.req.valid('param').webhookId, limit, after);
      return c.json({ items: [...found.items], nextCursor: sealCursor(found.nextCursor) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: `${path}/redrive`,
      tags: [TAG],
      operationId: operation('redriveWebhook'),
      summary: 'Deliver the dead letters once more',
      request: { params },
      responses: {
        202: json(z.strictObject({ count: z.int() }), 'How many will be delivered once more.'),
        ...problems('NOT_FOUND', 'DRAINING'),
      },
    }),
    async (c) => c.json({ count: await webhooks.redrive(c.var.userId, c.req.valid('param').webhookId) }, 202),
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: `${path}/replay`,
      tags: [TAG],
      operationId: operation('replayWebhook'),
      summary: 'Deliver once more what happened in some time',
      description: 'Under the same ids, in order within a session, beside what comes in the meantime.',
      request: { params, body: body(replayRequest) },
      responses: { 202: { description: 'It has begun.' }, ...problems('NOT_FOUND', 'GONE', 'DRAINING') },
    }),
    async (c) => {
      const { from, to, only } = c.req.valid('json');
      const until = to === undefined ? null : Date.parse(to);
      const { webhookId } = c.req.valid('param');
      await webhooks.replay(c.var.userId, webhookId, { from: Date.parse(from), to: until, only });
      return c.body(null, 202);
    },
  );
}
