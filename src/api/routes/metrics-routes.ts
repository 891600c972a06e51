import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';

import { createRoute, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';

import type { MetricsSource } from '../../observability/metrics-source.ts';
import { onlyProblems } from '../http/responses.ts';
import type { Api, ApiEnv } from '../http/environment.ts';
import { ForbiddenError, UnauthenticatedError } from '../http/request-errors.ts';

interface MetricsDeps {
  readonly metrics: MetricsSource;
  /** `null`: open to callers on this machine, and to nobody else. */
  readonly metricsToken: string | null;
}

export const METRICS_PATH = '/metrics';

export function metricsRoutes(api: Api, { metrics, metricsToken }: MetricsDeps): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: METRICS_PATH,
      tags: ['Health'],
      operationId: 'getMetrics',
      summary: 'Numbers for Prometheus',
      description:
        'With `METRICS_TOKEN` set it is the bearer token; without, only callers on the same machine are answered, and no proxy.',
      security: [{ metrics: [] }, {}],
      middleware: metricsToken === null ? onlyFromThisMachine : requireToken(metricsToken),
      responses: {
        200: {
          description: 'The text format, version 0.0.4. No series is about one session or user.',
          content: { 'text/plain': { schema: z.string() } },
        },
        ...onlyProblems('UNAUTHENTICATED', 'FORBIDDEN'),
      },
    }),
    async (c) => {
      const { contentType, body } = await metrics.render();
      return c.text(body, 200, { 'content-type': contentType });
    },
  );
}

function requireToken(wanted: string): MiddlewareHandler<ApiEnv> {
  const expected = digest(wanted);
  return async (c, next) => {
    const authorization = c.req.header('authorization');
    if (authorization === undefined)
      throw new UnauthenticatedError('Send the token: "Authorization: Bearer <METRICS_TOKEN>".', { sent: false });
    const sent = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
    // Digests are of equal length for any token, so that the time of the comparison tells nothing.
    if (!timingSafeEqual(digest(sent), expected))
      throw new UnauthenticatedError('This is not the token of the metrics.', { sent: true });
    await next();
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Behind a proxy on this host every caller has a loopback address, and so has a page whose name was pointed here (DNS
 * rebinding). So a request with a proxy's header, or for the name of another host, is refused. A header can only close
 * the route, never open it.
 */
const onlyFromThisMachine: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!isFromThisMachine(c))
    throw new ForbiddenError(
      'Metrics are open to callers on the same machine. Set METRICS_TOKEN to read them from elsewhere.',
    );
  if (!isLoopbackName(new URL(c.req.url).hostname))
    throw new ForbiddenError(
      'Metrics are open under the name localhost only. Set METRICS_TOKEN to read them by another.',
    );
  if (cameThroughProxy(c))
    throw new ForbiddenError('Metrics are not open through a proxy. Set METRICS_TOKEN to read them through one.');
  await next();
};

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(address: string): boolean {
  // As a socket that takes both shows an IPv4 caller.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  return family !== 0 && LOOPBACK.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

function isFromThisMachine(c: Context<ApiEnv>): boolean {
  const peer = c.env?.incoming?.socket.remoteAddress;
  return peer !== undefined && isLoopback(peer);
}

function cameThroughProxy(c: Context<ApiEnv>): boolean {
  return Object.keys(c.req.header()).some(
    (name) => ['forwarded', 'via', 'x-real-ip'].includes(name) || name.startsWith('x-forwarded-'),
  );
}
