import { describe, expect, it } from 'vitest';

import { ApiError } from '../../src/client/index.ts';
import type { ClientEvent } from '../../src/client/index.ts';
import { useTestService } from '../test-kit/service.ts';

const service = useTestService({ clock: 'controlled' });
const GROUP = '120363001@g.us';

/** A ready session of a user of its own, its phone, and what comes out of its stream. */
async function given(userId: string) {
  const client = service().client(userId);
  const phone = service().phone('sales', userId);
  await service().bring('sales', 'ready', userId);
  const session = client.session('sales');
  /** From now on, though nobody has connected yet. */
  const follow = async () => {
    const [present] = await takeAny(session.events(), 1);
    return session.events({ lastEventId: present?.position ?? null, types: ['message.received'] });
  };
  return { client, phone, follow, events: await follow(), path: '/api/sessions/sales', session };
}

async function takeAny(events: AsyncGenerator<ClientEvent>, count: number) {
  const taken: ClientEvent[] = [];
  for await (const event of events) if (taken.push(event) === count) break;
  return taken;
}

async function take(events: AsyncGenerator<ClientEvent>, count: number) {
  const messages = [];
  for await (const event of events) {
    if (event.type === 'message.received') messages.push(event.message);
    if (messages.length === count) break;
  }
  return messages;
}
const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof ApiError ? [error.status, error.code] : error),
  );

describe('Messages in', () => {
  it('come with all that is known of them, and each once although the page says it twice', async () => {
    const { phone, events } = await given('once');
    const first = take(events, 3);
    await phone.receives('hola', { duplicate: true });
    await phone.receives('from the group', { from: GROUP, author: '5215550003333', lid: '88001@lid' });
    await phone.receives('', { from: '77001@lid', media: { mimetype: 'image/png', size: 3, filename: 'a.png' } });
    const [text, group, image] = await first;
    expect(text).toMatchObject({ type: 'text', body: 'hola', fromMe: false, backfilled: false });
    expect(text?.id).toBe(`false_5215550002222@c.us_${text?.waId}`);
    expect(group).toMatchObject({
      id: `false_${GROUP}_${group?.waId}_5215550003333@c.us`,
      chatId: GROUP,
      author: '5215550003333@c.us',
      sender: { id: '5215550003333@c.us', lid: '88001@lid', phoneNumber: '5215550003333' },
    });
    expect(image).toMatchObject({
      type: 'image',
      media: { mimetype: 'image/png', size: 3, filename: 'a.png' },
      sender: { id: '77001@lid', lid: '77001@lid', phoneNumber: null },
    });
  });

  it('that came while the session was stopped, or waited at WhatsApp, come at the next ready, in order and marked', async () => {
    const { phone, session, events, follow } = await given('away');
    const before = take(events, 1);
    await phone.receives('one');
    await before;
    await session.stop({ wait: 30 });
    for (const text of ['two', 'three']) await phone.receives(text);
    const back = take(await follow(), 3);
    await session.start({ wait: 30 });
    await phone.receives('four');
    const told = await back;
    expect(told.map(({ body }) => body)).toEqual(['two', 'three', 'four']);
    expect(told.slice(0, 2).map(({ backfilled }) => backfilled)).toEqual([true, true]);
    const late = take(await follow(), 1);
    await phone.receives('five', { backlog: true });
    await session.restart({ wait: 30 });
    expect(await late).toMatchObject([{ body: 'five', backfilled: true }]);
  });

  it('are told to each who resumes, and to no other user', async () => {
    const { phone, client, events, follow } = await given('replay');
    const other = await follow();
    await phone.receives('a');
    await phone.receives('b');
    for (const stream of [events, other]) expect((await take(stream, 2)).map(({ body }) => body)).toEqual(['a', 'b']);
    expect(await problemOf(service().client('other').request('/api/sessions/sales/chats'))).toEqual([
      404,
      'SESSION_NOT_FOUND',
    ]);
    expect((await client.request('/api/sessions/sales/chats')).status).toBe(200);
  });
});

describe('Media in', () => {
  it('are streamed as an attachment, whole and with their name', async () => {
    const { phone, client, events, path } = await given('media');
    const sent = take(events, 3);
    const data = Buffer.from('a picture').toString('base64');
    await phone.receives('look', { media: { mimetype: 'image/svg+xml', data, filename: 'für dich.svg' } });
    await phone.receives('', { media: { mimetype: 'application/pdf', size: 3_000_000 } });
    await phone.receives('only words');
    const [picture, large, words] = await sent;
    const answer = await client.request(`${path}/messages/${picture?.id}/media`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('a picture');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="f_r dich.svg"; filename*=UTF-8''f%C3%BCr%20dich.svg`,
      'x-content-type-options': 'nosniff',
      'content-length': '9',
    });
    const whole = await client.request(`${path}/messages/${large?.waId}/media`);
    const bytes = new Uint8Array(await whole.arrayBuffer());
    expect(bytes.length).toBe(3_000_000);
    expect(bytes.every((byte, index) => byte === index % 256)).toBe(true);
    expect(await problemOf(client.request(`${path}/messages/${words?.id}/media`))).toEqual([404, 'NOT_FOUND']);
  });

  it('are gone, come later, or cannot be had, and the answer says which', async () => {
    const { phone, client, events, path, session } = await given('gone');
    const sent = take(events, 2);
    for (const state of ['expired', 'reuploading'] as const)
      await phone.receives('', { media: { mimetype: 'image/png', size: 3, state } });
    const [expired, later] = await sent;
    expect(await problemOf(client.request(`${path}/messages/${expired?.id}/media`))).toEqual([410, 'MEDIA_EXPIRED']);
    const again = await client.request(`${path}/messages/${later?.id}/media`);
    expect([again.status, again.headers.get('retry-after')]).toEqual([202, '10']);
    await session.stop({ wait: 30 });
    expect(await problemOf(client.request(`${path}/messages/${later?.id}/media`))).toEqual([409, 'NOT_READY']);
  });
});

describe('Chats, groups and contacts', () => {
  it('are listed in pages as the page knows them, and are a minute old at most', async () => {
    const { phone, client, events, path } = await given('lists');
    const sent = take(events, 3);
    await phone.receives('hi');
    await phone.receives('hi', { from: '5215550004444' });
    await phone.receives('hi', { from: GROUP, author: '5215550003333' });
    await sent;
    const list = async (what: string): Promise<{ items: { id: string }[]; nextCursor: string | null }> => {
      const answer = await client.request(`${path}/${what}`);
      expect(Number(answer.headers.get('age'))).toBeLessThanOrEqual(60);
      return (await answer.json()) as { items: { id: string }[]; nextCursor: string | null }; // as the document says
    };
    const first = await list('chats?limit=2');
    expect(first.items.map(({ id }) => id)).toEqual([GROUP, '5215550002222@c.us']);
    const rest = await list(`chats?limit=2&cursor=${first.nextCursor}`);
    expect([rest.items.map(({ id }) => id), rest.nextCursor]).toEqual([['5215550004444@c.us'], null]);
    expect((await list('groups')).items).toEqual([
      {
        id: GROUP,
        name: null,
        participants: [{ id: '5215550003333@c.us', lid: null, phoneNumber: '5215550003333', isAdmin: false }],
      },
    ]);
    expect((await list('contacts')).items).toHaveLength(3);
    const reach = await client.request(`${path}/contacts/5215550009999`);
    expect(await reach.json()).toEqual({
      number: '5215550009999',
      onWhatsApp: true,
      chatId: '5215550009999@c.us',
      lid: null,
      phoneNumber: '5215550009999',
    });
  });

  it('need a ready session; so do "seen" and "typing"', async () => {
    const { client, path, session } = await given('acts');
    const post = (what: string, json?: unknown) =>
      client.request(`${path}/chats/5215550002222/${what}`, { method: 'POST', ...(json !== undefined && { json }) });
    expect((await post('seen')).status).toBe(202);
    expect((await post('typing', { ms: 500 })).status).toBe(202);
    await session.stop({ wait: 30 });
    for (const what of ['chats', 'groups', 'contacts', 'contacts/5215550009999'])
      expect(await problemOf(client.request(`${path}/${what}`))).toEqual([409, 'NOT_READY']);
    expect(await problemOf(post('seen'))).toEqual([409, 'NOT_READY']);
    expect(await problemOf(post('typing', { ms: 500 }))).toEqual([409, 'NOT_READY']);
  });
});
