import { serveStatic } from '@hono/node-server/serve-static';
import type { MiddlewareHandler } from 'hono';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Api, ApiEnv } from '../http/environment.ts';
import { RouteNotFoundError } from '../http/request-errors.ts';

/** The path of each page, and the file that it is. */
const PAGES = { '/': 'index.html', '/visualizer': 'visualizer.html' } as const;

/**
 * Only what this server itself serves is run, shown or asked, and nobody frames it. Scripts set styles through the
 * object model, which needs no `unsafe-inline`; text that would become markup is refused.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const FOR_EVER = 'public, max-age=31536000, immutable';

/**
 * The console and the visualizer, as the build has written them to `directory`: documents that are asked for anew each
 * time, and assets whose names change with their content. Where nothing was built, each leads to the documentation
 * instead.
 */
export function pageRoutes(api: Api, directory: URL): void {
  const root = fileURLToPath(directory);
  if (!existsSync(root)) {
    for (const path of Object.keys(PAGES)) api.get(path, (c) => c.redirect('/docs'));
    return;
  }
  const document = {
    'cache-control': 'no-cache',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'referrer-policy': 'no-referrer',
  };
  for (const [path, name] of Object.entries(PAGES))
    api.get(path, withHeaders(document), serveStatic<ApiEnv>({ root, path: name, precompressed: true }));
  api.get(
    '/icon.svg',
    withHeaders({ 'cache-control': 'public, max-age=86400' }),
    serveStatic<ApiEnv>({ root, path: 'icon.svg', precompressed: true }),
  );
  api.get(
    '/assets/*',
    withHeaders({ 'cache-control': FOR_EVER }),
    serveStatic<ApiEnv>({ root, precompressed: true }),
    () => {
      throw new RouteNotFoundError();
    },
  );
}

/** Adds the headers to an answer that has a file; a failure has none of them. */
function withHeaders(headers: Readonly<Record<string, string>>): MiddlewareHandler<ApiEnv> {
  return (c, next) => {
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    return next();
  };
}
