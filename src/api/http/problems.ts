import { z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import {
  NotReadyError,
  NotWaitingQrError,
  PoolFullError,
  SupervisorError,
  UserLimitError,
} from '../../domain/errors.ts';
import { WebhookLimitError } from '../../domain/webhook.ts';
import { InvalidRequestError, MethodNotAllowedError, NoQrError, UnauthenticatedError } from './request-errors.ts';

/** Every problem the API answers with. The codes are stable; clients may rely on them. */
export const PROBLEMS = {
  INVALID_REQUEST: { status: 400, title: 'The request is not valid' },
  MEDIA_URL_REFUSED: { status: 400, title: 'The URL of the media must not be fetched' },
  WEBHOOK_URL_REFUSED: { status: 400, title: 'The URL of a webhook must be public' },
  UNAUTHENTICATED: { status: 401, title: 'A valid token is needed' },
  FORBIDDEN: { status: 403, title: 'The token does not allow this' },
  SESSION_NOT_FOUND: { status: 404, title: 'No such session' },
  NOT_FOUND: { status: 404, title: 'There is nothing of this name' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The route has no such method' },
  DELETION_PENDING: { status: 409, title: 'A former session of this id is still being deleted' },
  NOT_WAITING_QR: { status: 409, title: 'The session is not waiting for a scan' },
  OVERTAKEN: { status: 409, title: 'Another phone number was asked for since' },
  NOT_READY: { status: 409, title: 'The session is not ready' },
  ALREADY_SENDING: { status: 409, title: 'The message is on its way, or has ended' },
  NOT_UNKNOWN: { status: 409, title: 'It is known what became of the message' },
  NOT_REVOCABLE: { status: 409, title: 'The message cannot be taken back for everybody' },
  MEDIA_EXPIRED: { status: 410, title: 'WhatsApp does not have the media any more' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  IDEMPOTENCY_MISMATCH: { status: 422, title: 'The Idempotency-Key stands for another message' },
  OUTBOX_FULL: { status: 429, title: 'The session has too many messages to send' },
  GONE: { status: 410, title: 'It is no longer kept' },
  USER_LIMIT: { status: 429, title: 'The user has as many as allowed' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  INTERNAL: { status: 500, title: 'Something went wrong on our side' },
  AUTH_UNAVAILABLE: { status: 503, title: 'Tokens cannot be checked now' },
  DRAINING: { status: 503, title: 'This node is shutting down' },
  POOL_FULL: { status: 503, title: 'All sessions are in use' },
  STORE_UNAVAILABLE: { status: 503, title: 'The store does not answer' },
  TIMEOUT: { status: 504, title: 'It took too long' },
} as const satisfies Record<string, { status: ContentfulStatusCode; title: string }>;
export type ProblemCode = keyof typeof PROBLEMS;

const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]; // Object.keys forgets the names it was given

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: 'What is wrong in this case, for a person.' }),
    code: z.enum(PROBLEM_CODES),
    requestId: z.string().openapi({ description: 'The same as the answer’s `X-Request-Id`, and in the log.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: '`INVALID_REQUEST`: the fields at fault.' }),
    state: z
      .string()
      .optional()
      .openapi({ description: '`NOT_WAITING_QR`, `NOT_READY`: what the session is instead.' }),
    limit: z.int().optional().openapi({ description: '`USER_LIMIT`, `POOL_FULL`: how many there may be.' }),
  })
  .openapi('Problem', {
    description: 'RFC 9457. `code` is stable.',
    example: {
      type: 'urn:problem:session-not-found',
      title: PROBLEMS.SESSION_NOT_FOUND.title,
      status: 404,
      detail: 'There is no session "sales".',
      code: 'SESSION_NOT_FOUND',
      requestId: '0f8c3f0e-6f0a-4d4c-9a53-6f2f0f2b8e0a',
    },
  });

/** Turns a thrown value into the error that answers the request; `null` for an unforeseen one. */
export function foreseen(error: unknown): (SupervisorError & { readonly code: ProblemCode }) | null {
  if (error instanceof SupervisorError) return hasProblemCode(error) ? error : null;
  if (!(error instanceof HTTPException)) return null;
  if (error.status === 400)
    return new InvalidRequestError([{ path: '', message: 'The body is not valid JSON.' }], error);
  if (error.status === 415)
    return new InvalidRequestError([{ path: 'content-type', message: 'must be application/json' }], error);
  return null;
}

/** The answer to an error. Of one that nobody foresaw it tells nothing: its text may hold anything. */
export function problemResponse(error: unknown, requestId: string): Response {
  const known = foreseen(error);
  const code = known?.code ?? 'INTERNAL';
  const body: z.infer<typeof problemSchema> = {
    type: `urn:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: PROBLEMS[code].title,
    status: PROBLEMS[code].status,
    detail: known?.message ?? 'The request could not be completed. The request id leads to the cause in the log.',
    code,
    requestId,
    ...(known !== null && detailsOf(known)),
  };
  const headers = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': requestId,
  });
  if (known !== null) addHeaders(headers, known);
  return new Response(JSON.stringify(body), { status: body.status, headers });
}

function hasProblemCode(error: SupervisorError): error is SupervisorError & { readonly code: ProblemCode } {
  return Object.hasOwn(PROBLEMS, error.code);
}

function detailsOf(error: SupervisorError): Partial<z.infer<typeof problemSchema>> {
  if (error instanceof InvalidRequestError) return { errors: [...error.issues] };
  if (error instanceof NotWaitingQrError || error instanceof NoQrError || error instanceof NotReadyError)
    return { state: error.state };
  if (error instanceof UserLimitError || error instanceof WebhookLimitError || error instanceof PoolFullError)
    return { limit: error.limit };
  return {};
}

function addHeaders(headers: Headers, error: SupervisorError): void {
  if (error.retry.kind === 'later') headers.set('retry-after', String(Math.ceil(error.retry.afterMs / 1_000)));
  if (error instanceof MethodNotAllowedError) headers.set('allow', error.allowed.join(', '));
  if (error instanceof UnauthenticatedError) {
    const realm = 'Bearer realm="whatsapp-session-supervisor"';
    headers.set(
      'www-authenticate',
      error.sent ? `${realm}, error="invalid_token", error_description="${error.message.replaceAll('"', "'")}"` : realm,
    );
  }
}
