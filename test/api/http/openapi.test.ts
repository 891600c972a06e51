import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { json, problems } from '../../../src/api/http/responses.ts';
import { conditional, NOT_MODIFIED } from '../../../src/api/http/conditional.ts';
import type { ApiEnv } from '../../../src/api/http/environment.ts';
import { ApiFixture } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const reference = z.strictObject({ $ref: z.string() });
const schema = z.record(z.string(), z.unknown());
const parameter = z.object({ name: z.string(), in: z.enum(['path', 'query', 'header']), schema });
const content = z.record(z.string(), z.object({ schema }));
const operation = z.object({
  operationId: z.string(),
  summary: z.string().min(5),
  tags: z.array(z.string()).min(1),
  parameters: z.array(parameter).default([]),
  requestBody: z.object({ content, required: z.boolean().default(false) }).optional(),
  responses: z.record(
    z.string().regex(/^\d{3}$/),
    z.object({ description: z.string().min(1), content: content.optional() }),
  ),
});
const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith('/'),
    z.record(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation.optional()),
  ),
  components: z.object({
    schemas: z.record(z.string(), schema),
    securitySchemes: z.record(z.string(), z.object({ type: z.string() })),
  }),
});

const fetchDocument = async (): Promise<z.infer<typeof documentSchema>> => {
  const response = await fixture.call('GET', '/openapi.json', { as: null });
  expect(response.status).toBe(200);
  return documentSchema.parse(await response.json());
};
const operationsOf = ({ paths }: z.infer<typeof documentSchema>) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, found]) => (found === undefined ? [] : [{ path, method, ...found }])),
  );

const OF_SESSIONS = [
  'POST /sessions',
  'GET /sessions',
  'GET /sessions/{id}',
  'DELETE /sessions/{id}',
  'GET /sessions/{id}/status',
  'POST /sessions/{id}/messages',
  'GET /sessions/{id}/messages',
  'GET /sessions/{id}/messages/{messageId}',
  'DELETE /sessions/{id}/messages/{messageId}',
  'PATCH /sessions/{id}/messages/{messageId}',
  'POST /sessions/{id}/messages/{messageId}/resolve',
  'PUT /sessions/{id}/messages/{messageId}/reaction',
  'DELETE /sessions/{id}/messages/{messageId}/reaction',
  'POST /sessions/{id}/messages/{messageId}/revoke',
  'GET /sessions/{id}/pacing',
  'PUT /sessions/{id}/pacing',
  'POST /sessions/{id}/start',
  'POST /sessions/{id}/stop',
  'POST /sessions/{id}/restart',
  'POST /sessions/{id}/reconnect',
  'POST /sessions/{id}/logout',
  'GET /sessions/{id}/qr',
  'POST /sessions/{id}/pairing-code',
  'GET /sessions/{id}/events',
  'GET /events',
  'GET /memory',
  'GET /sessions/{id}/history',
  'POST /sessions/{id}/simulate',
  'GET /sessions/{id}/chats',
  'GET /sessions/{id}/groups',
  'GET /sessions/{id}/contacts',
  'GET /sessions/{id}/contacts/{number}',
  'POST /sessions/{id}/chats/{chatId}/seen',
  'POST /sessions/{id}/chats/{chatId}/typing',
  'GET /sessions/{id}/messages/{messageId}/media',
  'GET /webhooks',
  'POST /webhooks',
  'GET /webhooks/{webhookId}',
  'PATCH /webhooks/{webhookId}',
  'DELETE /webhooks/{webhookId}',
  'POST /webhooks/{webhookId}/rotate-secret',
  'POST /webhooks/{webhookId}/test',
  'POST /webhooks/{webhookId}/enable',
  'GET /webhooks/{webhookId}/deliveries',
  'GET /webhooks/{webhookId}/dead-letters',
  'POST /webhooks/{webhookId}/redrive',
  'POST /webhooks/{webhookId}/replay',
];
const ROUTES = [
  ...['/api', '/api/users/{userId}'].flatMap((prefix) => OF_SESSIONS.map((route) => route.replace(' ', ` ${prefix}`))),
  'POST /api/media',
  'POST /api/tickets',
  'GET /api/fleet',
  'GET /api/slo',
  'POST /api/fleet/nodes/{nodeId}/drain',
  'POST /api/fleet/nodes/{nodeId}/undrain',
  'GET /api/machines',
  'GET /api/machines/{name}',
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
];

describe('the OpenAPI document', () => {
  it('names every route, and no other', async () => {
    const operations = operationsOf(await fetchDocument());
    expect(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted()).toEqual(
      ROUTES.toSorted(),
    );
  });

  it('names each operation once, and each parameter of its path', async () => {
    const operations = operationsOf(await fetchDocument());
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { path, parameters } of operations) {
      const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      expect(inPath.toSorted()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted());
    }
  });

  it('refers only to what is in it, and uses all of that', async () => {
    const document = await fetchDocument();
    const used = new Set<string>();
    JSON.stringify(document, (_key, value: unknown) => {
      const parsed = reference.safeParse(value);
      if (parsed.success) used.add(parsed.data.$ref.replace('#/components/schemas/', ''));
      return value;
    });
    expect([...used].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
  });

  it('says for each answer of failure that it is a problem, and for each route behind a token that it may be 401', async () => {
    for (const { path, responses } of operationsOf(await fetchDocument())) {
      if (!path.startsWith('/health/')) expect(Object.keys(responses)).toContain('401');
      for (const [status, { content: body }] of Object.entries(responses)) {
        if (Number(status) >= 400 && !path.startsWith('/health/'))
          expect(Object.keys(body ?? {})).toEqual(['application/problem+json']);
      }
    }
  });

  it('describes the resource that the routes answer with', async () => {
    const { components } = await fetchDocument();
    const response = await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
    const resource: unknown = await response.json();
    const described = z
      .object({ properties: z.record(z.string(), z.unknown()), required: z.array(z.string()) })
      .parse(components.schemas['Session']);
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(resource)).toSorted()).toEqual(
      Object.keys(described.properties).toSorted(),
    );
    expect(described.required.toSorted()).toEqual(Object.keys(described.properties).toSorted());
  });
});

it('makes an answer that it does not describe a compile error', () => {
  const api = new OpenAPIHono<ApiEnv>();
  const responses = {
    200: json(z.strictObject({ ticket: z.string() }), 'The ticket.'),
    ...NOT_MODIFIED,
    ...problems('TIMEOUT'),
  };
  const route = createRoute({ method: 'get', path: '/ticket', middleware: conditional, responses });
  api.openapi(route, (c) => c.json({ ticket: c.var.requestId }, 200));
  // @ts-expect-error -- a number is not what the document says
  api.openapi(route, (c) => c.json({ ticket: 7 }, 200));
  // @ts-expect-error -- nor is this status in it
  api.openapi(route, (c) => c.json({ ticket: '7' }, 201));
  expect(api.routes.length).toBeGreaterThan(0);
});

describe('the plain page of the document, where no pages were built', () => {
  it('loads nothing from elsewhere, and may run nothing that is inline', async () => {
    const page = await fixture.call('GET', '/docs', { as: null });
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    const html = await page.text();
    expect(html).not.toMatch(/https?:\/\//);
    for (const [, path = ''] of html.matchAll(/<(?:link|script)[^>]+(?:src|href)="([^"]+)"/g)) {
      expect((await fixture.call('GET', path, { as: null })).status).toBe(200);
    }
  });
});

it('says how many a page holds where nobody says', async () => {
  const response = await fixture.call('GET', '/openapi.json', { as: null });
  const parameters = z.array(
    z.looseObject({ name: z.string(), schema: z.looseObject({ default: z.json().optional() }) }),
  );
  const { paths } = z
    .object({ paths: z.object({ '/api/sessions': z.object({ get: z.object({ parameters }) }) }) })
    .parse(await response.json());
  const limit = paths['/api/sessions'].get.parameters.find(({ name }) => name === 'limit');
  expect(limit?.schema.default).toBe(50);
});
