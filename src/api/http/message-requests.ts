import { z } from '@hono/zod-openapi';

import { MEDIA_FORMS, type MessageType } from '../../domain/message.ts';
import { phoneNumberSchema } from '../../domain/session.ts';
import type { Asked } from '../../messaging/sending.ts';
import { InvalidRequestError } from './request-errors.ts';

const TO = /^(?:[1-9]\d{6,14}|[1-9]\d{6,14}@c\.us|\d{5,20}@lid|[\d-]{5,40}@g\.us)$/;
const DAY_MS = 86_400_000;
const AHEAD_DAYS = 30;
const MAX_DATA_BYTES = 16 * 1024 * 1024;

const name = z.string().min(1).max(256);
const caption = z.string().max(1_024);
const instant = z.iso.datetime({ offset: true });

const mediaField = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_048)
      .optional(),
    data: z
      .base64()
      .max(Math.ceil(MAX_DATA_BYTES / 3) * 4)
      .optional(),
    id: z.string().min(1).max(64).optional(),
    mimetype: z
      .string()
      .regex(/^[\w.+-]+\/[\w.+-]+(?:; ?[\w.+=-]+)*$/)
      .max(128)
      .optional(),
    filename: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^/\\\0]+$/, 'must be a name, not a path')
      .optional(),
    caption: caption.optional(),
    as: z.enum(MEDIA_FORMS).optional(),
  })
  .refine(({ url, data, id }) => [url, data, id].filter((one) => one !== undefined).length === 1, {
    message: 'needs exactly one of url, data, id',
  });

/** The body of `POST …/messages`. */
export const messageRequest = z
  .strictObject({
    to: z
      .string()
      .regex(TO, 'must be the digits of a phone number in international form, or …@c.us, …@lid, …@g.us')
      .openapi({ example: '5215550001111' }),
    text: z.string().min(1).max(65_536).optional(),
    media: mediaField.optional(),
    location: z
      .strictObject({
        latitude: z.number().min(-90).max(90),
        longitude: z.number().min(-180).max(180),
        name: name.optional(),
      })
      .optional(),
    contact: z.strictObject({ phoneNumber: phoneNumberSchema, name }).optional(),
    poll: z
      .strictObject({
        name: z.string().min(1).max(255),
        options: z.array(z.string().min(1).max(100)).min(2).max(12),
        multiple: z.boolean().optional(),
      })
      .optional(),
    quote: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .openapi({ description: '`id` or `waId` of the message to be quoted.' }),
    mentions: z
      .array(z.string().regex(/^(?:[1-9]\d{6,14}|\d{5,20}@(?:c\.us|lid))$/))
      .max(1_024)
      .optional(),
    linkPreview: z.boolean().optional(),
    sendAt: instant.optional(),
    expiresAt: instant.optional(),
    onUnknown: z.enum(['hold', 'resend']).optional(),
  })
  .refine(
    ({ text, media, location, contact, poll }) =>
      [text, media, location, contact, poll].filter((one) => one !== undefined).length === 1,
    { message: 'needs exactly one of text, media, location, contact, poll' },
  )
  .openapi('MessageRequest', { example: { to: '5215550001111', text: 'Hello' } });
export type MessageRequest = z.infer<typeof messageRequest>;

/** A file of the request that is to be kept until the message goes out; gives its id. */
type KeepMedia = (data: Buffer, mimetype: string | undefined, filename: string | undefined) => Promise<string>;

/** What is asked for, of a request that is well formed. Throws {@link InvalidRequestError}. */
export async function askedOf(request: MessageRequest, now: number, keepMedia: KeepMedia): Promise<Asked> {
  const { to, quote, mentions, onUnknown = 'hold' } = request;
  const { sendAt, expiresAt } = timesOf(request, now);
  const quoting = { ...(quote !== undefined && { quote }), ...(mentions !== undefined && { mentions }) };
  const { content, type } = await contentOf(request, quoting, keepMedia);
  return { to, content, type, sendAt, expiresAt, onUnknown };
}

type Quoting = { readonly quote?: string; readonly mentions?: readonly string[] };

async function contentOf(
  { text, media, location, contact, poll, linkPreview = false }: MessageRequest,
  quoting: Quoting,
  keepMedia: KeepMedia,
): Promise<Pick<Asked, 'content' | 'type'>> {
  if (text !== undefined) return { type: 'text', content: { kind: 'text', text, linkPreview, ...quoting } };
  if (location !== undefined) {
    const { latitude, longitude, name: title } = location;
    const named = title === undefined ? {} : { name: title };
    return { type: 'location', content: { kind: 'location', latitude, longitude, ...named, ...quoting } };
  }
  if (contact !== undefined) return { type: 'contact', content: { kind: 'contact', ...contact, ...quoting } };
  if (poll !== undefined)
    return {
      type: 'poll',
      content: { kind: 'poll', name: poll.name, options: poll.options, multiple: poll.multiple ?? false, ...quoting },
    };
  if (media === undefined) throw new InvalidRequestError([{ path: '', message: 'says nothing' }]);
  const { url, data, id, mimetype, filename, caption: words, as } = media;
  const source =
    url !== undefined
      ? ({ kind: 'url', url } as const)
      : ({
          kind: 'stored',
          mediaId: id ?? (await keepMedia(Buffer.from(data ?? '', 'base64'), mimetype, filename)),
        } as const);
  return {
    type: mediaType(mimetype, as),
    content: {
      kind: 'media',
      source,
      ...(mimetype !== undefined && { mimetype }),
      ...(filename !== undefined && { filename }),
      ...(words !== undefined && { caption: words }),
      ...(as !== undefined && { as }),
      ...quoting,
    },
  };
}

function mediaType(mimetype: string | undefined, as: string | undefined): MessageType {
  if (as === 'voice') return 'voice';
  if (as === 'sticker') return 'sticker';
  if (as === 'document') return 'document';
  if (as === 'gif') return 'video';
  const family = mimetype?.split('/', 1)[0];
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}

function timesOf({ sendAt, expiresAt }: MessageRequest, now: number): Pick<Asked, 'sendAt' | 'expiresAt'> {
  const at = sendAt === undefined ? null : Date.parse(sendAt);
  const until = expiresAt === undefined ? null : Date.parse(expiresAt);
  const furthest = now + AHEAD_DAYS * DAY_MS;
  if (at !== null && at > furthest)
    throw new InvalidRequestError([{ path: 'sendAt', message: `must be within ${AHEAD_DAYS} days` }]);
  if (until !== null && until <= Math.max(now, at ?? 0))
    throw new InvalidRequestError([{ path: 'expiresAt', message: 'must be in the future, and behind sendAt' }]);
  if (until !== null && until > furthest + DAY_MS)
    throw new InvalidRequestError([{ path: 'expiresAt', message: `must be within ${AHEAD_DAYS + 1} days` }]);
  return { sendAt: at, expiresAt: until };
}
