import type { ErrorHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';

import type { ApiEnv } from './environment.ts';
import { foreseen, problemResponse } from './problems.ts';

/** Answers errors. An unforeseen one is logged with its origin; the caller gets the request id of that log line. */
export function handleErrors(logger: Logger): ErrorHandler<ApiEnv> {
  return (error, c) => {
    const { requestId } = c.var;
    if (foreseen(error) === null) {
      // A client that goes away in the middle of its body is not our fault.
      const level = c.req.raw.signal.aborted ? 'debug' : 'error';
      logger[level](
        { err: error, requestId, method: c.req.method, route: routePath(c, -1) },
        'a request failed in a way nobody foresaw',
      );
    }
    return problemResponse(error, requestId);
  };
}
