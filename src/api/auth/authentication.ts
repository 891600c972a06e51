import type { Context, MiddlewareHandler } from 'hono';

import { DrainingError } from '../../domain/errors.ts';
import type { TicketStore } from '../../store/tickets.ts';
import { isAdmin, mayWrite, type Caller } from './caller.ts';
import type { ApiEnv } from '../http/environment.ts';
import type { Lifecycle } from '../http/lifecycle.ts';
import { ForbiddenError, InvalidRequestError, UnauthenticatedError } from '../http/request-errors.ts';
import type { TokenVerifier } from './tokens.ts';
import { acceptedUserId } from './user-id.ts';

interface AuthenticationOptions {
  readonly verifier: TokenVerifier;
  readonly tickets: TicketStore;
  readonly now: () => number;
}

/** Routes that an `EventSource` or an `<img>` opens, which cannot send headers. */
const TAKES_TICKETS = /^\/api\/(users\/[^/]+\/)?(events|sessions\/[^/]+\/(events|qr))$/;

/**
 * Finds out who calls, before anything else is looked at: an unauthenticated caller learns nothing, not even whether a
 * route exists. A token is only taken from the header, where no log and no history keeps it.
 */
export function authenticate({ verifier, tickets, now }: AuthenticationOptions): MiddlewareHandler<ApiEnv> {
  const identify = async (c: Context<ApiEnv>): Promise<Caller> => {
    const authorization = c.req.header('authorization');
    if (authorization !== undefined) return verifier.verify(bearerToken(authorization));
    const ticket = TAKES_TICKETS.test(c.req.path) ? c.req.query('ticket') : undefined;
    if (ticket === undefined)
      throw new UnauthenticatedError('Send a token: "Authorization: Bearer <JWT>".', { sent: false });
    const grant = await tickets.redeem(ticket);
    if (grant === null) throw new UnauthenticatedError('The ticket is unknown, used or expired.', { sent: true });
    const { expiresAt = Number.POSITIVE_INFINITY } = grant;
    if (expiresAt <= now())
      throw new UnauthenticatedError('The token that the ticket was made with has expired.', { sent: true });
    return { ...grant, expiresAt };
  };
  return async (c, next) => {
    const caller = await identify(c);
    c.set('caller', caller);
    c.set('userId', caller.userId);
    await next();
  };
}

/** Lets only those write who may, and nobody while the node is draining. */
export function guardWrites(lifecycle: Lifecycle): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    // A ticket is made by a POST, but only reads.
    const writes = !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method) && c.req.path !== '/api/tickets';
    if (writes && !mayWrite(c.var.caller)) throw new ForbiddenError('This token may only read.');
    if (writes && lifecycle.phase() === 'draining') throw new DrainingError();
    await next();
  };
}

export const requireAdmin: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!isAdmin(c.var.caller)) throw new ForbiddenError('Only an admin may do this.');
  await next();
};

/** The namespace of the user named in the path. */
export const enterNamespace: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const userId = acceptedUserId.safeParse(c.req.param('userId'));
  if (!userId.success)
    throw new InvalidRequestError(userId.error.issues.map(({ message }) => ({ path: 'userId', message })));
  c.set('userId', userId.data);
  await next();
};

function bearerToken(authorization: string): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization)?.[1];
  if (token === undefined)
    throw new UnauthenticatedError('The header must be "Authorization: Bearer <JWT>".', { sent: true });
  return token;
}
