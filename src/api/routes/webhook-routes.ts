import { createRoute, type z } from '@hono/zod-openapi';

import type { Webhook } from '../../domain/webhook.ts';
import type { Namespace } from '../auth/namespaces.ts';
import type { RouteDeps } from '../http/deps.ts';
import type { Api } from '../http/environment.ts';
import { body, json, NO_CONTENT, problems, strictQuery } from '../http/responses.ts';
import {
  webhookChanges,
  webhookCreation,
  webhookList,
  webhookResource,
  webhookWithSecret,
} from '../http/webhook-resources.ts';

const TAG = 'Webhooks';

/** The endpoints of a user. */
export function webhookRoutes(api: Api, { webhooks }: RouteDeps, namespace: Namespace): void {
  const { prefix, operation, collectionParams, webhookParams: params } = namespace;
  const path = `${prefix}/webhooks`;

  api.openapi(
    createRoute({
      method: 'post',
      path,
      tags: [TAG],
      operationId: operation('createWebhook'),
      summary: 'Have events delivered to a URL',
      description:
        'Each event comes as a POST that is signed as Standard Webhooks has it, at least once, within a session in order. The answer holds the secret, this once.',
      request: { params: collectionParams, body: body(webhookCreation) },
      responses: {
        201: json(webhookWithSecret, 'The endpoint, with its secret.'),
        ...problems('WEBHOOK_URL_REFUSED', 'USER_LIMIT', 'PAYLOAD_TOO_LARGE', 'DRAINING'),
      },
    }),
    async (c) => {
      const created = await webhooks.create(c.var.userId, c.req.valid('json'));
      c.header('location', `${c.req.path.replace(/\/+$/, '')}/${created.id}`);
      return c.json({ ...shown(created), secret: created.secret }, 201);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path,
      tags: [TAG],
      operationId: operation('listWebhooks'),
      summary: 'List the endpoints',
      request: { params: collectionParams, query: strictQuery },
      responses: { 200: json(webhookList, 'In the order of their making.'), ...problems() },
    }),
    async (c) => c.json({ items: (await webhooks.list(c.var.userId)).map(shown) }, 200),
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${path}/{webhookId}`,
      tags: [TAG],
      operationId: operation('getWebhook'),
      summary: 'Get an endpoint',
      request: { params, query: strictQuery },
      responses: { 200: json(webhookResource, 'The endpoint.'), ...problems('NOT_FOUND') },
    }),
    async (c) => c.json(shown(await webhooks.get(c.var.userId, c.req.valid('param').webhookId)), 200),
  );

  api.openapi(
    createRoute({
      method: 'patch',
      path: `${path}/{webhookId}`,
      tags: [TAG],
      operationId: operation('updateWebhook'),
      summary: 'Change an endpoint',
      description: 'What is left out stays. What is delivered goes on where it was.',
      request: { params, body: body(webhookChanges) },
      responses: {
        200: json(webhookResource, 'The endpoint.'),
        ...problems('NOT_FOUND', 'WEBHOOK_URL_REFUSED', 'PAYLOAD_TOO_LARGE', 'DRAINING'),
      },
    }),
    async (c) => {
      const given = Object.entries(c.req.valid('json')).filter(([, value]) => value !== undefined);
      const { webhookId } = c.req.valid('param');
      return c.json(shown(await webhooks.update(c.var.userId, webhookId, Object.fromEntries(given))), 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'delete',
      path: `${path}/{webhookId}`,
      tags: [TAG],
      operationId: operation('deleteWebhook'),
      summary: 'Delete an endpoint',
      request: { params },
      responses: { 204: NO_CONTENT, ...problems('NOT_FOUND', 'DRAINING') },
    }),
    async (c) => {
      await webhooks.remove(c.var.userId, c.req.valid('param').webhookId);
      return c.body(null, 204);
    },
  );
}

/** As plain lists and objects, which the answer's type wants. */
export function shown(webhook: Webhook): z.infer<typeof webhookResource> {
  const { id, userId, url, payload, order, enabled, state, disabledBy, failingSince, lag, deadLetters } = webhook;
  const { events, sessions, filter, headers, lastDelivery, createdAt, updatedAt } = webhook;
  return {
    id,
    userId,
    url,
    events: events === null ? null : [...events],
    sessions: sessions === null ? null : [...sessions],
    filter: {
      ...filter,
      chatIds: filter.chatIds === undefined ? undefined : [...filter.chatIds],
      types: filter.types === undefined ? undefined : [...filter.types],
    },
    payload,
    order,
    headers: { ...headers },
    enabled,
    state,
    disabledBy,
    failingSince,
    lag,
    deadLetters,
    lastDelivery: lastDelivery === null ? null : { ...lastDelivery },
    createdAt,
    updatedAt,
  };
}
