import { z } from 'zod';

import { MEDIA_FORMS } from '../domain/message.ts';

const quoting = { quote: z.string().exactOptional(), mentions: z.array(z.string()).readonly().exactOptional() };

/** What a message says, as it is sealed at rest. Media lie elsewhere. */
const contentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string(), linkPreview: z.boolean(), ...quoting }),
  z.object({
    kind: z.literal('media'),
    source: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('url'), url: z.string() }),
      z.object({ kind: z.literal('stored'), mediaId: z.string() }),
    ]),
    mimetype: z.string().exactOptional(),
    filename: z.string().exactOptional(),
    caption: z.string().exactOptional(),
    as: z.enum(MEDIA_FORMS).exactOptional(),
    ...quoting,
  }),
  z.object({
    kind: z.literal('location'),
    latitude: z.number(),
    longitude: z.number(),
    name: z.string().exactOptional(),
    ...quoting,
  }),
  z.object({ kind: z.literal('contact'), phoneNumber: z.string(), name: z.string(), ...quoting }),
  z.object({
    kind: z.literal('poll'),
    name: z.string(),
    options: z.array(z.string()).readonly(),
    multiple: z.boolean(),
    ...quoting,
  }),
]);
export type BodyContent = z.infer<typeof contentSchema>;

const bodySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('message'), content: contentSchema }),
  z.object({ kind: z.literal('edit'), messageId: z.string(), text: z.string() }),
  z.object({ kind: z.literal('react'), messageId: z.string(), emoji: z.string() }),
  z.object({ kind: z.literal('revoke'), messageId: z.string() }),
]);
/** What is asked of the page by one place in the outbox. */
export type OutgoingBody = z.infer<typeof bodySchema>;

/** Throws on what was not sealed by {@link packBody}. */
export function unpackBody(bytes: Uint8Array): OutgoingBody {
  return bodySchema.parse(JSON.parse(Buffer.from(bytes).toString()));
}

export function packBody(body: OutgoingBody): Buffer {
  return Buffer.from(JSON.stringify(body));
}
