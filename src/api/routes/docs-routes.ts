import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { Api } from '../http/environment.ts';
import { NAMED, OWN } from '../auth/namespaces.ts';
import { RouteNotFoundError } from '../http/request-errors.ts';
import { POLICY_WITHOUT_TRUSTED_TYPES } from './page-policies.ts';

/** The files of swagger-ui-dist that the pages need; no other is served. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** For a service whose own pages were not built, and so without links to them. */
const PLAIN_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WhatsApp session supervisor: the API</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/open.js"></script>
</body>
</html>
`;

const OPEN = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, displayRequestDuration: true, persistAuthorization: false, validatorUrl: null });
`;

/**
 * The OpenAPI document, and what its page needs, all from this server: it also works where there is no internet. The
 * page itself is one of those that are built; where there are none, a plain one.
 */
export function docsRoutes(api: Api, version: string): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'HS256 by the shared secret, or RS256, ES256, EdDSA of the identity provider. `sub` is the user, `exp` is required. `scope`: none, `sessions:read` or `admin`.',
  });
  api.openAPIRegistry.registerComponent('securitySchemes', 'ticket', {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'For one request within 60 s, from `POST /api/tickets`.',
  });
  api.openAPIRegistry.registerComponent('securitySchemes', 'metrics', {
    type: 'http',
    scheme: 'bearer',
    description: '`METRICS_TOKEN`, where it is set.',
  });
  api.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'WhatsApp session supervisor',
      version,
      license: { name: 'MIT' },
      description:
        'WhatsApp sessions, each with one owner that always knows what is true. Requests write down what is wanted; streams tell what is the case.\n\n' +
        'A session is addressed inside the caller’s own namespace. An admin addresses those of others under `/api/users/{userId}`.\n\n' +
        'Errors are `application/problem+json` (RFC 9457) with a stable `code`.',
    },
    servers: [{ url: '/' }],
    tags: [OWN.tag, 'Events', 'Tickets', 'Health', NAMED.tag].map((name) => ({ name })),
    security: [{ token: [] }],
  });

  api.get('/docs', (c) => c.html(PLAIN_PAGE, 200, { 'content-security-policy': POLICY_WITHOUT_TRUSTED_TYPES }));
  api.get('/docs/open.js', (c) => c.body(OPEN, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  api.get('/docs/:asset', async (c) => {
    const asset = c.req.param('asset');
    const type = Object.hasOwn(ASSETS, asset) ? ASSETS[asset] : undefined;
    if (type === undefined) throw new RouteNotFoundError();
    const content = await readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${asset}`)));
    return c.body(new Uint8Array(content), 200, { 'content-type': type, 'cache-control': 'public, max-age=3600' });
  });
}
