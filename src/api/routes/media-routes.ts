import { createRoute, z } from '@hono/zod-openapi';

import { openIncomingMedia } from '../../messaging/incoming-media.ts';
import type { RouteDeps } from '../http/deps.ts';
import type { Api } from '../http/environment.ts';
import { problems, strictQuery } from '../http/responses.ts';
import type { Namespace } from '../auth/namespaces.ts';

/** After which it makes sense to ask again for what the phone sends once more, in seconds. */
const AGAIN_S = '10';
/** What browsers show, or run, is never named as such. */
const PLAIN = /^(image\/(png|jpeg|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+|application\/pdf)$/;

/** Media that came in, out of the page that has them. */
export function mediaRoutes(api: Api, { store, devices, media: limits }: RouteDeps, namespace: Namespace): void {
  const { prefix, operation, sessionParams } = namespace;

  api.openapi(
    createRoute({
      method: 'get',
      path: `${prefix}/sessions/{id}/messages/{messageId}/media`,
      tags: ['Messages'],
      operationId: operation('getMessageMedia'),
      summary: 'Fetch the media of a message',
      description: 'Streamed out of the page of a ready session, as an attachment. Nothing of it is kept here.',
      request: { params: sessionParams.extend({ messageId: z.string().min(1).max(512) }), query: strictQuery },
      responses: {
        200: { description: 'The bytes.', content: { 'application/octet-stream': { schema: z.string() } } },
        202: {
          description: 'WhatsApp has it no more, and the phone sends it again: ask later.',
          headers: { 'Retry-After': { schema: { type: 'integer' as const } } },
        },
        ...problems('SESSION_NOT_FOUND', 'NOT_FOUND', 'NOT_READY', 'MEDIA_EXPIRED', 'PAYLOAD_TOO_LARGE', 'TIMEOUT'),
      },
    }),
    async (c) => {
      const { id, messageId } = c.req.valid('param');
      const session = await store.get({ userId: c.var.userId, id });
      const media = await openIncomingMedia(devices, session, { messageId, mostBytes: limits.mostBytes });
      if (media.kind === 'later') return c.body(null, 202, { 'retry-after': AGAIN_S });
      const type = media.mimetype.split(';')[0]?.trim().toLowerCase() ?? '';
      return c.body(media.stream, 200, {
        'content-type': PLAIN.test(type) ? type : 'application/octet-stream',
        'content-disposition': disposition(media.filename),
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
        ...(media.size !== null && { 'content-length': String(media.size) }),
      });
    },
  );
}

/** RFC 6266: the name in any language, and for those who know only ASCII. */
function disposition(filename: string | null): string {
  if (filename === null) return 'attachment';
  const ascii = filename.replaceAll(/[^\w. -]/g, '_');
  const encoded = encodeURIComponent(filename).replaceAll(/['()*]/g, (char) => `%${char.codePointAt(0)?.toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
