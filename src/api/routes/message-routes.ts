import { createRoute, z } from '@hono/zod-openapi';

import { MESSAGE_STATUSES, messageRecordSchema } from '../../domain/message-record.ts';
import { AddressRefusedError } from '../../host/outbound/address-guard.ts';
import { MediaUrlRefusedError } from '../../domain/message-errors.ts';
import type { MediaShelf } from '../../messaging/media-shelf.ts';
import type { Sending, Taken } from '../../messaging/sending.ts';
import { isHistoryCursor, openCursor, sealCursor } from '../http/cursors.ts';
import { refuseBody } from '../http/empty-body.ts';
import type { Api } from '../http/environment.ts';
import { askedOf, messageRequest } from '../http/message-requests.ts';
import { named } from '../http/openapi-schema.ts';
import { cursorField, limitField } from '../http/resources.ts';
import { body, json, problems, strictQuery } from '../http/responses.ts';
import type { Namespace } from '../auth/namespaces.ts';

interface MessageRoutesDeps {
  readonly sending: Sending;
  /** The time of the sessions (ms since 1970). */
  readonly sessionNow: () => number;
  readonly media: { readonly shelf: Pick<MediaShelf, 'keep'> };
  /** Throws an `AddressRefusedError` where a URL must not be fetched. */
  readonly admitUrl: (url: string) => unknown;
}

const record = named(messageRecordSchema, 'Message', {
  description: 'A message that was sent or is to be sent: what became of it, never what it says.',
});
const page = z.strictObject({ items: z.array(record), nextCursor: z.string().nullable() }).openapi('MessagePage');
const idempotency = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .openapi({ description: 'The same key with the same body is the same message, for a day.' }),
});
const taken = {
  ...json(record, 'It is written down, and goes out as soon as it may.'),
  headers: {
    Location: { schema: { type: 'string' as const } },
    'Idempotent-Replayed': { schema: { type: 'string' as const }, description: '`true`: it was taken before.' },
  },
};

/** Routes of the messages that a session sends. All of them work whether or not the session is ready. */
export function messageRoutes(
  api: Api,
  { sending, sessionNow, media, admitUrl }: MessageRoutesDeps,
  { prefix, tag, operation, sessionParams }: Namespace,
): void {
  const path = `${prefix}/sessions/{id}/messages`;
  const messageParams = sessionParams.extend({
    messageId: z.string().min(1).max(256).openapi({ description: '`id` or `waId`.', example: 'm_0123456789abcdef01' }),
  });
  const headersOf = ({ message, replayed }: Taken, at: string): Record<string, string> => ({
    location: `${at.replace(/\/messages\/?.*$/, '/messages')}/${message.id}`,
    ...(replayed && { 'idempotent-replayed': 'true' }),
  });

  api.openapi(
    createRoute({
      method: 'post',
      path,
      tags: [tag],
      operationId: operation('sendMessage'),
      summary: 'Send a message',
      description:
        'Messages of one chat go out in the order in which they were taken. Repeat with the same `Idempotency-Key` when no answer came.',
      request: { params: sessionParams, headers: idempotency, body: body(messageRequest) },
      responses: {
        202: taken,
        ...problems('SESSION_NOT_FOUND', 'OUTBOX_FULL', 'IDEMPOTENCY_MISMATCH', 'PAYLOAD_TOO_LARGE', 'DRAINING'),
      },
    }),
    async (c) => {
      const address = { userId: c.var.userId, id: c.req.valid('param').id };
      const request = c.req.valid('json');
      if (request.media?.url !== undefined) refuseUnlessAdmitted(request.media.url, admitUrl);
      const asked = await askedOf(request, sessionNow(), async (data, mimetype, filename) => {
        const { id } = await media.shelf.keep(address.userId, [data], { mimetype, filename });
        return id;
      });
      const result = await sending.send(address, asked, c.req.valid('header')['idempotency-key'] ?? null);
      return c.json(result.message, 202, headersOf(result, c.req.path));
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path,
      tags: [tag],
      operationId: operation('listMessages'),
      summary: 'List the messages that a session sends',
      request: {
        params: sessionParams,
        query: z.strictObject({
          status: z.enum(MESSAGE_STATUSES).optional(),
          chatId: z.string().min(1).max(64).optional(),
          limit: limitField,
          cursor: cursorField,
        }),
      },
      responses: { 200: json(page, 'Newest first.'), ...problems('SESSION_NOT_FOUND') },
    }),
    async (c) => {
      const address = { userId: c.var.userId, id: c.req.valid('param').id };
      const { status, chatId, limit, cursor } = c.req.valid('query');
      const after = openCursor(cursor, isHistoryCursor);
      const { items, nextCursor } = await sending.list(address, { limit, after, filter: { status, chatId } });
      return c.json({ items: [...items], nextCursor: sealCursor(nextCursor) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${path}/{messageId}`,
      tags: [tag],
      operationId: operation('getMessage'),
      summary: 'Get a message',
      request: { params: messageParams, query: strictQuery },
      responses: { 200: json(record, 'The message.'), ...problems('SESSION_NOT_FOUND', 'NOT_FOUND') },
    }),
    async (c) => {
      const { id, messageId } = c.req.valid('param');
      return c.json(await sending.get({ userId: c.var.userId, id }, messageId), 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'delete',
      path: `${path}/{messageId}`,
      tags: [tag],
      operationId: operation('cancelMessage'),
      summary: 'Take a queued message back',
      middleware: refuseBody,
      request: { params: messageParams, query: strictQuery },
      responses: {
        200: json(record, 'It will not go out.'),
        ...problems('SESSION_NOT_FOUND', 'NOT_FOUND', 'ALREADY_SENDING', 'DRAINING'),
      },
    }),
    async (c) => {
      const { id, messageId } = c.req.valid('param');
      return c.json(await sending.cancel({ userId: c.var.userId, id }, messageId), 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: `${path}/{messageId}/resolve`,
      tags: [tag],
      operationId: operation('resolveMessage'),
      summary: 'Say what became of an unknown message',
      description: '`resend` hands it over again under the same WhatsApp id.',
      request: { params: messageParams, body: body(z.strictObject({ as: z.enum(['sent', 'failed', 'resend']) })) },
      responses: {
        200: json(record, 'The message.'),
        ...problems('SESSION_NOT_FOUND', 'NOT_FOUND', 'NOT_UNKNOWN', 'PAYLOAD_TOO_LARGE', 'DRAINING'),
      },
    }),
    async (c) => {
      const { id, messageId } = c.req.valid('param');
      return c.json(await sending.resolve({ userId: c.var.userId, id }, messageId, c.req.valid('json').as), 200);
    },
  );

  const acts = problems(
    'SESSION_NOT_FOUND',
    'NOT_FOUND',
    'NOT_REVOCABLE',
    'OUTBOX_FULL',
    'IDEMPOTENCY_MISMATCH',
    'PAYLOAD_TOO_LARGE',
    'DRAINING',
  );
  const description =
    'Through the outbox, in its chat’s order. `messageId` may be one that was received. The answer is the place in the outbox.';

  api.openapi(
    createRoute({
      method: 'patch',
      path: `${path}/{messageId}`,
      tags: [tag],
      operationId: operation('editMessage'),
      summary: 'Edit a message',
      description,
      request: {
        params: messageParams,
        headers: idempotency,
        body: body(z.strictObject({ text: z.string().min(1).max(65_536) })),
      },
      responses: { 202: taken, ...acts },
    }),
    async (c) => {
      const { id, messageId } = c.req.valid('param');
      const action = { kind: 'edit', text: c.req.valid('json').text } as const;
      const key = c.req.valid('header')['idempotency-key'] ?? null;
      const result = await sending.act({ userId: c.var.userId, id }, messageId, action, key);
      return c.json(result.message, 202, headersOf(result, c.req.path));
    },
  );

  api.openapi(
    createRoute({
      method: 'put',
      path: `${path}/{messageId}/reaction`,
      tags: [tag],
      operationId: operation('reactToMessage'),
      summary: 'React to a message',
      description,
      request: {
        params: messageParams,
        headers: idempotency,
        body: body(z.strictObject({ emoji: z.string().min(1).max(32) })),
      },
      responses: { 202: taken, ...acts },
    }),
    async (c) => {
      const { id, messageId } = c.req.valid('param');
      const action = { kind: 'react', emoji: c.req.valid('json').emoji } as const;
      const key = c.req.valid('header')['idempotency-key'] ?? null;
      const result = await sending.act({ userId: c.var.userId, id }, messageId, action, key);
      return c.json(result.message, 202, headersOf(result, c.req.path));
    },
  );

  for (const { method, end, name, summary, action } of [
    {
      method: 'delete',
      end: 'reaction',
      name: 'takeReactionBack',
      summary: 'Take a reaction back',
      action: { kind: 'react', emoji: '' },
    },
    {
      method: 'post',
      end: 'revoke',
      name: 'revokeMessage',
      summary: 'Take a message back for everybody',
      action: { kind: 'revoke' },
    },
  ] as const) {
    api.openapi(
      createRoute({
        method,
        path: `${path}/{messageId}/${end}`,
        tags: [tag],
        operationId: operation(name),
        summary,
        description,
        middleware: refuseBody,
        request: { params: messageParams, headers: idempotency, query: strictQuery },
        responses: { 202: taken, ...acts },
      }),
      async (c) => {
        const { id, messageId } = c.req.valid('param');
        const key = c.req.valid('header')['idempotency-key'] ?? null;
        const result = await sending.act({ userId: c.var.userId, id }, messageId, action, key);
        return c.json(result.message, 202, headersOf(result, c.req.path));
      },
    );
  }
}

function refuseUnlessAdmitted(url: string, admitUrl: (url: string) => unknown): void {
  try {
    admitUrl(url);
  } catch (error) {
    throw error instanceof AddressRefusedError ? new MediaUrlRefusedError(error.message, { cause: error }) : error;
  }
}
