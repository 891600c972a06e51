import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';

import { sessionIdSchema } from '../../domain/session.ts';
import type { ApiEnv } from './environment.ts';
import { METRICS_PATH } from '../routes/metrics-routes.ts';

/**
 * One line for each request, once its answer's head is known. The route's pattern stands for the URL, whose query may
 * hold a ticket. Probes of health and scrapes are only logged at `debug`: they come every few seconds.
 */
export function accessLog(logger: Logger, now: () => number): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const startedAt = now();
    await next();
    const route = matchedPattern(routePath(c, -1));
    const { status } = c.res;
    // Asked for every few seconds, by machines.
    const isRoutine = route.startsWith('/health') || route === METRICS_PATH;
    const usual = isRoutine ? 'debug' : 'info';
    const level = status >= 500 ? 'error' : usual;
    // Set by the authentication, which not every request reaches.
    const caller: ApiEnv['Variables']['caller'] | undefined = c.var.caller;
    logger[level](
      {
        requestId: c.var.requestId,
        method: c.req.method,
        route,
        status,
        durationMs: Math.round(now() - startedAt),
        ...(caller !== undefined && { userId: caller.userId }),
        ...sessionOf(c.req.path),
      },
      'request',
    );
  };
}

function matchedPattern(pattern: string): string {
  return pattern.endsWith('*') ? 'unmatched' : pattern;
}

/** The session that a path names; what is no valid id may be anything, and is left out. */
function sessionOf(path: string): { sessionId?: string } {
  const id = /\/sessions\/([^/]+)/.exec(path)?.[1];
  return id !== undefined && sessionIdSchema.safeParse(id).success ? { sessionId: id } : {};
}
