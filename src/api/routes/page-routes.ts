import { serveStatic } from '@hono/node-server/serve-static';
import type { MiddlewareHandler } from 'hono';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Api, ApiEnv } from '../http/environment.ts';
import { RouteNotFoundError } from '../http/request-errors.ts';
import { PAGE_POLICY, POLICY_WITHOUT_TRUSTED_TYPES } from './page-policies.ts';

/** The path of each page, the file that it is, and what it may do. */
const PAGES = [
  { path: '/', file: 'index.html', policy: PAGE_POLICY },
  { path: '/visualizer', file: 'visualizer.html', policy: PAGE_POLICY },
  { path: '/docs', file: 'docs.html', policy: POLICY_WITHOUT_TRUSTED_TYPES },
] as const;

const FOR_EVER = 'public, max-age=31536000, immutable';

/**
 * The console, the visualizer and the documentation, as the build has written them to `directory`: documents that are
 * asked for anew each time, and assets whose names change with their content. Where nothing was built, each leads to
 * the plain documentation instead.
 */
export function pageRoutes(api: Api, directory: URL): void {
  const root = fileURLToPath(directory);
  if (!existsSync(root)) {
    for (const { path } of PAGES) if (path !== '/docs') api.get(path, (c) => c.redirect('/docs'));
    return;
  }
  for (const { path, file, policy } of PAGES) {
    const headers = {
      'cache-control': 'no-cache',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
    };
    api.get(path, withHeaders(headers), serveStatic<ApiEnv>({ root, path: file, precompressed: true }));
  }
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
