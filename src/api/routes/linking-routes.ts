import { createRoute, z } from '@hono/zod-openapi';

import { DeletionPendingError, NotWaitingQrError, OvertakenError, SessionNotFoundError } from '../../domain/errors.ts';
import type { PairingCode } from '../../domain/session.ts';
import { body, json, problems } from '../http/responses.ts';
import type { RouteDeps } from '../http/deps.ts';
import type { Api } from '../http/environment.ts';
import type { Namespace } from '../auth/namespaces.ts';
import { negotiateQrFormat, QR_FORMATS, qrPicture } from '../http/qr-formats.ts';
import { NoQrError } from '../http/request-errors.ts';
import { phoneNumberField } from '../http/resources.ts';
import { SessionWatch, type SnapshotEvent } from '../streams/session-watch.ts';

const qrResource = z
  .strictObject({
    code: z.string().openapi({ description: 'What the QR encodes.' }),
    seq: z.int().positive().openapi({ description: 'Counts the QRs of this attempt.' }),
    expiresAt: z.iso.datetime(),
  })
  .openapi('Qr');
const pairingCodeResource = z
  .strictObject({
    code: z.string().openapi({ description: 'To be typed into the phone.', example: 'ABCD-EFGH' }),
    expiresAt: z.iso.datetime(),
  })
  .openapi('PairingCode');

/** Routes by which a person links the session to a phone. */
export function linkingRoutes(api: Api, deps: RouteDeps, { prefix, tag, operation, sessionParams }: Namespace): void {
  const { store, feed, lifecycle, deadlines } = deps;

  api.openapi(
    createRoute({
      method: 'get',
      path: `${prefix}/sessions/{id}/qr`,
      tags: [tag],
      operationId: operation('getQr'),
      summary: 'Get the QR to scan',
      description:
        'It is renewed every few seconds: follow `/events` rather than polling. `?format=text` is for a terminal with a dark background.',
      security: [{ token: [] }, { ticket: [] }],
      request: {
        params: sessionParams,
        query: z.strictObject({
          format: z.enum(QR_FORMATS).optional().openapi({ description: 'Stands above `Accept`.' }),
          ticket: z.string().optional().openapi({ description: 'See `POST /api/tickets`.' }),
        }),
      },
      responses: {
        200: {
          description: 'The QR of now.',
          content: {
            'application/json': { schema: qrResource },
            'image/png': { schema: z.string().openapi({ format: 'binary' }) },
            'image/svg+xml': { schema: z.string() },
            'text/plain': { schema: z.string() },
          },
        },
        ...problems('SESSION_NOT_FOUND', 'NOT_WAITING_QR'),
      },
    }),
    async (c) => {
      const { state, qr } = await store.get({ userId: c.var.userId, id: c.req.valid('param').id });
      if (state !== 'waiting_qr') throw new NotWaitingQrError(state);
      if (qr === null) throw new NoQrError();
      c.header('vary', 'Accept', { append: true });
      const format = c.req.valid('query').format ?? negotiateQrFormat(c.req.header('accept'));
      if (format === 'json') return c.json({ code: qr.code, seq: qr.seq, expiresAt: qr.expiresAt }, 200);
      const { content, type } = await qrPicture(qr.code, format);
      return c.body(content, 200, { 'content-type': type });
    },
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: `${prefix}/sessions/{id}/pairing-code`,
      tags: [tag],
      operationId: operation('requestPairingCode'),
      summary: 'Link by a code instead of a QR',
      description:
        'Requests for one number at the same time are served by one. A request for another number ends those under way.',
      request: {
        params: sessionParams,
        body: body(z.strictObject({ phoneNumber: phoneNumberField }).openapi('PairingRequest')),
      },
      responses: {
        200: json(pairingCodeResource, 'The code.'),
        ...problems('SESSION_NOT_FOUND', 'NOT_WAITING_QR', 'OVERTAKEN', 'PAYLOAD_TOO_LARGE', 'DRAINING', 'TIMEOUT'),
      },
    }),
    async (c) => {
      const { phoneNumber } = c.req.valid('json');
      const address = { userId: c.var.userId, id: c.req.valid('param').id };
      const watch = new SessionWatch({ feed, lifecycle, address, signal: c.req.raw.signal });
      try {
        const { intentSeq, session } = await store.record(address, { action: 'pair', phoneNumber });
        const code = await watch.firstOfExisting(
          (event) => newCode(event, { intentSeq, phoneNumber, former: session.pairingCode }),
          deadlines.pairingMs,
        );
        if (code === null) throw watch.tooLate('Asking WhatsApp for a pairing code', deadlines.pairingMs);
        return c.json({ code: code.code, expiresAt: code.expiresAt }, 200);
      } catch (error) {
        throw error instanceof DeletionPendingError ? new SessionNotFoundError(address.id) : error;
      } finally {
        watch.close();
      }
    },
  );
}

interface PairingRequest {
  readonly intentSeq: number;
  readonly phoneNumber: string;
  /** Shown before the request. Codes are told apart by more than time: clocks of two nodes differ. */
  readonly former: PairingCode | null;
}

/**
 * The code that answers a request; `null` while there is none. Throws {@link NotWaitingQrError} when the session
 * stopped waiting, {@link OvertakenError} when another number was asked for since.
 */
function newCode(
  { session, intent }: SnapshotEvent,
  { intentSeq, phoneNumber, former }: PairingRequest,
): PairingCode | null {
  if (intent.pair > intentSeq && intent.pairWith !== phoneNumber) throw new OvertakenError();
  if (intent.handledSeq < intentSeq) return null;
  if (session.state !== 'waiting_qr') throw new NotWaitingQrError(session.state);
  const { pairingCode } = session;
  if (pairingCode?.phoneNumber !== phoneNumber) return null;
  return pairingCode.code === former?.code && pairingCode.issuedAt === former.issuedAt ? null : pairingCode;
}
