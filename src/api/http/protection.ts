import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';

import type { ApiEnv } from './environment.ts';
import { METRICS_PATH } from '../routes/metrics-routes.ts';

const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Last-Event-ID',
  'X-Request-Id',
];
const EXPOSED_HEADERS = ['ETag', 'Idempotent-Replayed', 'Location', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'];
const PREFLIGHT_SECONDS = 600;

/** Answers are about one caller, and may hold a QR: unless a route says otherwise, nobody keeps them. */
export const keepPrivate: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
};

/** Headers by which browsers protect a page from others, and let those origins in that are allowed to call. */
export function protection(origins: readonly string[]): MiddlewareHandler<ApiEnv>[] {
  const headers = secureHeaders({
    // A page of its own may set other rules; without, nothing that the API answers may be run or framed.
    overwrite: false,
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    xFrameOptions: 'DENY',
    // An <img> of an allowed origin shows the QR: only its ticket protects that.
    crossOriginResourcePolicy: origins.length > 0 ? 'cross-origin' : 'same-origin',
    // The proxy that ends TLS in front of this server decides for the domain.
    strictTransportSecurity: false,
  });
  if (origins.length === 0) return [headers];
  const origin = origins.includes('*') ? '*' : [...origins];
  const share = cors({
    origin,
    allowHeaders: ALLOWED_HEADERS,
    exposeHeaders: EXPOSED_HEADERS,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge: PREFLIGHT_SECONDS,
  });
  // A scraper is no page: the metrics are no other origin's business.
  return [headers, (c, next) => (c.req.path === METRICS_PATH ? next() : share(c, next))];
}
