import type { OpenAPIHono } from '@hono/zod-openapi';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Caller } from '../auth/caller.ts';

/** Values that middleware sets for the routes. */
export interface ApiEnv {
  /** Absent when a request did not come over a socket (in tests). */
  Bindings: { readonly incoming?: Pick<IncomingMessage, 'socket'>; readonly outgoing?: ServerResponse };
  Variables: {
    requestId: string;
    caller: Caller;
    /** The user whose sessions the route is about: the caller, or the user named in an admin's path. */
    userId: string;
  };
}

export type Api = OpenAPIHono<ApiEnv>;
