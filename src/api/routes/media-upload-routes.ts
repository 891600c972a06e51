import { createRoute, z } from '@hono/zod-openapi';

import { MediaTooLargeError } from '../../domain/message-errors.ts';
import type { MediaShelf } from '../../messaging/media-shelf.ts';
import type { Api } from '../http/environment.ts';
import { json, problems } from '../http/responses.ts';

interface MediaRoutesDeps {
  readonly media: { readonly shelf: Pick<MediaShelf, 'keep'>; readonly mostBytes: number };
}

export const MEDIA_PATH = '/api/media';

const kept = z
  .strictObject({
    id: z.string().openapi({ description: 'For `media.id` of a message.' }),
    sha256: z.string().openapi({ description: 'Hex.' }),
    size: z.int().nonnegative().openapi({ description: 'Bytes.' }),
    mimetype: z.string(),
    expiresAt: z.iso.datetime(),
  })
  .openapi('Media');

/** Takes files for messages: streamed, and sealed piece by piece. */
export function mediaUploadRoutes(api: Api, { media: { shelf, mostBytes } }: MediaRoutesDeps): void {
  api.openapi(
    createRoute({
      method: 'post',
      path: MEDIA_PATH,
      tags: ['Messages'],
      operationId: 'keepMedia',
      summary: 'Keep a file for a message',
      description: 'The raw body, of the type that `Content-Type` says. Kept sealed for 24 h.',
      request: { query: z.strictObject({ filename: z.string().min(1).max(255).optional() }) },
      responses: {
        201: json(kept, 'It is kept.'),
        ...problems('PAYLOAD_TOO_LARGE', 'DRAINING'),
      },
    }),
    async (c) => {
      const declared = Number(c.req.header('content-length') ?? 0);
      if (declared > mostBytes) throw new MediaTooLargeError(mostBytes);
      const { filename } = c.req.valid('query');
      const source = limited(c.req.raw.body, mostBytes);
      const mimetype = c.req.header('content-type')?.slice(0, 128);
      const {
        id,
        sha256,
        size,
        mimetype: type,
        expiresAt,
      } = await shelf.keep(c.var.userId, source, { mimetype, filename });
      return c.json({ id, sha256, size, mimetype: type, expiresAt: new Date(expiresAt).toISOString() }, 201);
    },
  );
}

async function* limited(body: ReadableStream<Uint8Array> | null, mostBytes: number): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.length;
      if (size > mostBytes) throw new MediaTooLargeError(mostBytes);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
