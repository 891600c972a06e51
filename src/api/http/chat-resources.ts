import { z } from '@hono/zod-openapi';

const id = z.string().openapi({ example: '5215550002222@c.us' });
const lid = z.string().nullable().openapi({ description: 'WhatsApp’s own name for a person, beside the number.' });
const phoneNumber = z.string().nullable().openapi({ description: '`null` where WhatsApp hides it.' });
const name = z.string().nullable();
const nextCursor = z.string().nullable().openapi({ description: 'Send it as `cursor` for the next page.' });

const chat = z
  .strictObject({
    id,
    name,
    isGroup: z.boolean(),
    unread: z.int().openapi({ description: 'Below zero: marked as unread by hand.' }),
    timestamp: z.string().nullable().openapi({ description: 'Of the newest message.' }),
    lid,
    phoneNumber,
  })
  .openapi('Chat');
const contact = z.strictObject({ id, name, lid, phoneNumber }).openapi('Contact');
const group = z
  .strictObject({
    id: z.string().openapi({ example: '120363001@g.us' }),
    name,
    participants: z.array(z.strictObject({ id, lid, phoneNumber, isAdmin: z.boolean() })),
  })
  .openapi('Group');

export const chatPage = z.strictObject({ items: z.array(chat), nextCursor }).openapi('ChatPage');
export const contactPage = z.strictObject({ items: z.array(contact), nextCursor }).openapi('ContactPage');
export const groupPage = z.strictObject({ items: z.array(group), nextCursor }).openapi('GroupPage');

export const reachResource = z
  .strictObject({
    number: z.string(),
    onWhatsApp: z.boolean(),
    chatId: z.string().nullable(),
    lid: z.string().nullable(),
    phoneNumber: z.string().nullable(),
  })
  .openapi('Reach', { description: 'Whether a number is on WhatsApp, and whom it reaches.' });

/** A chat in a path. */
export const chatIdField = z
  .string()
  .regex(/^(\d{5,20}|[\d-]{5,40}@(c\.us|lid|g\.us))$/, 'must be a number or a WhatsApp id')
  .openapi({ example: '5215550002222@c.us' });

/** As it is asked for, with the server that a bare number stands on. */
export function withServer(chatId: string): string {
  return chatId.includes('@') ? chatId : `${chatId}@c.us`;
}
