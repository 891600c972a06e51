import { createRoute, z } from '@hono/zod-openapi';

import { MessageNotFoundError, NotReadyError } from '../../domain/errors.ts';
import type { MessageAction } from '../../domain/message.ts';
import type { Session } from '../../domain/session.ts';
import { chatIdField, chatPage, contactPage, groupPage, reachResource, withServer } from '../http/chat-resources.ts';
import { openCursor, sealCursor } from '../http/cursors.ts';
import type { RouteDeps } from '../http/deps.ts';
import type { Api } from '../http/environment.ts';
import { cursorField, limitField } from '../http/resources.ts';
import { body, json, problems, strictQuery } from '../http/responses.ts';
import type { Namespace } from '../auth/namespaces.ts';

const ACT_MS = 10_000;
const query = z.strictObject({ limit: limitField, cursor: cursorField });
const age = {
  Age: { schema: { type: 'integer' as const }, description: 'How old the answer is, in seconds: a minute at most.' },
};
const PAGE_PROBLEMS = problems('SESSION_NOT_FOUND', 'NOT_READY', 'TIMEOUT');

/** Chats, groups and contacts as WhatsApp knows them, and what is done to a chat at once. */
export function chatRoutes(api: Api, { store, listings, devices }: RouteDeps, namespace: Namespace): void {
  const { prefix, operation, sessionParams } = namespace;
  const path = `${prefix}/sessions/{id}`;
  const shared = { tags: ['Chats'] };
  const find = (userId: string, id: string): Promise<Session> => store.get({ userId, id });

  api.openapi(
    createRoute({
      ...shared,
      method: 'get',
      path: `${path}/chats`,
      operationId: operation('listChats'),
      summary: 'List the chats of a ready session',
      request: { params: sessionParams, query },
      responses: { 200: { ...json(chatPage, 'By id.'), headers: age }, ...PAGE_PROBLEMS },
    }),
    async (c) => {
      const { value, ageMs } = await listings.chats(await find(c.var.userId, c.req.valid('param').id));
      c.header('age', seconds(ageMs));
      return c.json(pageOf(value, c.req.valid('query')), 200);
    },
  );

  api.openapi(
    createRoute({
      ...shared,
      method: 'get',
      path: `${path}/contacts`,
      operationId: operation('listContacts'),
      summary: 'List the contacts of a ready session',
      request: { params: sessionParams, query },
      responses: { 200: { ...json(contactPage, 'By id.'), headers: age }, ...PAGE_PROBLEMS },
    }),
    async (c) => {
      const { value, ageMs } = await listings.contacts(await find(c.var.userId, c.req.valid('param').id));
      c.header('age', seconds(ageMs));
      return c.json(pageOf(value, c.req.valid('query')), 200);
    },
  );

  api.openapi(
    createRoute({
      ...shared,
      method: 'get',
      path: `${path}/groups`,
      operationId: operation('listGroups'),
      summary: 'List the groups of a ready session, with who is in them',
      description: 'WhatsApp is asked for one group after another: ask for small pages.',
      request: { params: sessionParams, query },
      responses: { 200: { ...json(groupPage, 'By id.'), headers: age }, ...PAGE_PROBLEMS },
    }),
    async (c) => {
      const session = await find(c.var.userId, c.req.valid('param').id);
      const listed = await listings.groups(session);
      const { items: wanted, nextCursor } = pageOf(listed.value, c.req.valid('query'));
      const items = [];
      let oldestMs = listed.ageMs;
      for (const { id, name } of wanted) {
        const { value, ageMs } = await listings.group(session, id);
        items.push({ id, name: value?.name ?? name, participants: [...(value?.participants ?? [])] });
        oldestMs = Math.max(oldestMs, ageMs);
      }
      c.header('age', seconds(oldestMs));
      return c.json({ items, nextCursor }, 200);
    },
  );

  api.openapi(
    createRoute({
      ...shared,
      method: 'get',
      path: `${path}/contacts/{number}`,
      operationId: operation('getContact'),
      summary: 'Ask whether a number is on WhatsApp',
      request: {
        params: sessionParams.extend({ number: z.string().regex(/^\d{5,20}$/, 'must be digits') }),
        query: strictQuery,
      },
      responses: { 200: { ...json(reachResource, 'What WhatsApp says.'), headers: age }, ...PAGE_PROBLEMS },
    }),
    async (c) => {
      const { id, number } = c.req.valid('param');
      const { value, ageMs } = await listings.reach(await find(c.var.userId, id), number);
      c.header('age', seconds(ageMs));
      if (value.kind === 'not_on_whatsapp')
        return c.json({ number, onWhatsApp: false, chatId: null, lid: null, phoneNumber: null }, 200);
      const { chatId, lid, phoneNumber } = value;
      return c.json({ number, onWhatsApp: true, chatId, lid, phoneNumber }, 200);
    },
  );

  const act = async (session: Session, action: MessageAction): Promise<void> => {
    const result = await devices.call(session, 'act', action, ACT_MS);
    if (result.kind === 'unsupported' || (result.kind === 'refused' && result.code !== 'NOT_FOUND'))
      throw new NotReadyError(session.state, 'WhatsApp’s page does not do that now.');
    if (result.kind === 'refused') throw new MessageNotFoundError();
  };
  const chatParams = sessionParams.extend({ chatId: chatIdField });
  const accepted = {
    202: { description: 'Done in the page.' },
    ...problems('SESSION_NOT_FOUND', 'NOT_FOUND', 'NOT_READY', 'TIMEOUT'),
  };

  api.openapi(
    createRoute({
      ...shared,
      method: 'post',
      path: `${path}/chats/{chatId}/seen`,
      operationId: operation('markChatSeen'),
      summary: 'Mark a chat as read',
      description: 'Nothing else ever does.',
      request: { params: chatParams },
      responses: accepted,
    }),
    async (c) => {
      const { id, chatId } = c.req.valid('param');
      await act(await find(c.var.userId, id), { kind: 'seen', chatId: withServer(chatId) });
      return c.body(null, 202);
    },
  );

  api.openapi(
    createRoute({
      ...shared,
      method: 'post',
      path: `${path}/chats/{chatId}/typing`,
      operationId: operation('showTyping'),
      summary: 'Show that somebody types',
      request: {
        params: chatParams,
        body: body(
          z.strictObject({ ms: z.int().min(0).max(60_000).openapi({ description: 'It ends by itself then.' }) }),
        ),
      },
      responses: accepted,
    }),
    async (c) => {
      const { id, chatId } = c.req.valid('param');
      const { ms } = c.req.valid('json');
      await act(await find(c.var.userId, id), { kind: 'typing', chatId: withServer(chatId), ms });
      return c.body(null, 202);
    },
  );
}

/** A page in the order of the ids: it stays where it is though the list changes. */
function pageOf<Item extends { readonly id: string }>(
  all: readonly Item[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
) {
  const after = openCursor(cursor, (text) => text.length <= 128);
  const sorted = all.toSorted((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
  const rest = after === undefined ? sorted : sorted.filter(({ id }) => id > after);
  const items = rest.slice(0, limit);
  return { items, nextCursor: sealCursor(rest.length > limit ? (items.at(-1)?.id ?? null) : null) };
}

/** In whole seconds, as HTTP has it. */
function seconds(ms: number): string {
  return String(Math.min(60, Math.floor(ms / 1_000)));
}
