import { describe, expect, it } from 'vitest';
import { useMessages, waId, WHOLE_BUILDS } from './messages-fixture.ts';

const BOB = '491799999999';
const CHAT = `${BOB}@c.us`;
const GROUP = '120363000000000001@g.us';

describe.each(WHOLE_BUILDS)('what is done on the page of build %s', (build) => {
  const fixture = useMessages();

  it('edits, reacts, takes back, marks as read, types and rejects, or refuses by name', async () => {
    const { ask, phone, next } = await fixture.link({ build });
    const { id } = phone.receives({ from: BOB, text: 'hello' });
    const { message } = await next('message');
    const content = { kind: 'text', text: 'helo', linkPreview: false } as const;
    await ask('send', { waId: waId(1), chatId: CHAT, content });
    await next('ack');
    const done = { kind: 'done' };
    expect(await ask('act', { kind: 'edit', messageId: waId(1), text: 'hello' })).toEqual(done);
    expect(await ask('act', { kind: 'react', messageId: message.id, emoji: '👍' })).toEqual(done);
    expect(await ask('act', { kind: 'revoke', messageId: waId(1) })).toEqual(done);
    expect(await ask('act', { kind: 'seen', chatId: CHAT })).toEqual(done);
    expect(await ask('act', { kind: 'typing', chatId: CHAT, ms: 100 })).toEqual(done);
    expect(await ask('act', { kind: 'reject_call', callId: 'call-1', from: CHAT })).toEqual(done);
    // Typing ends by itself.
    await expect
      .poll(() => phone.actions())
      .toEqual([
        { kind: 'edit', data: { id: waId(1), text: 'hello' } },
        { kind: 'react', data: { id, emoji: '👍' } },
        { kind: 'revoke', data: { id: waId(1) } },
        { kind: 'seen', data: { chat: CHAT } },
        { kind: 'typing', data: { chat: CHAT } },
        { kind: 'reject_call', data: { to: CHAT, id: 'call-1' } },
        { kind: 'paused', data: { chat: CHAT } },
      ]);

    const refusals = [
      [{ kind: 'edit', messageId: message.id, text: 'x' }, 'NOT_EDITABLE'],
      // Never a deletion for oneself alone instead.
      [{ kind: 'revoke', messageId: message.id }, 'NOT_REVOCABLE'],
      [{ kind: 'react', messageId: waId(9), emoji: '👍' }, 'NOT_FOUND'],
    ] as const;
    for (const [action, code] of refusals) expect(await ask('act', action)).toMatchObject({ kind: 'refused', code });
    expect(phone.actions()).toHaveLength(7);
  });

  it('lists chats, groups and contacts, and asks WhatsApp about one group at a time', async () => {
    const { ask, phone, next, subject } = await fixture.link({ build });
    fixture.chromium.web.setGroup(GROUP, {
      subject: 'Friends',
      participants: [{ id: '491700000007@c.us', lid: '7@lid', isAdmin: true }],
    });
    phone.receives({ from: BOB, text: 'one' });
    phone.receives({ from: BOB, group: GROUP, text: 'two' });
    await next('message');
    await next('message');
    const page = fixture.chromium.page(subject);
    expect(await ask('chats', null)).toMatchObject({
      kind: 'listed',
      items: [
        { id: CHAT, isGroup: false, unread: 1, phoneNumber: BOB, lid: null },
        { id: GROUP, isGroup: true, unread: 1, phoneNumber: null },
      ],
    });
    expect(await ask('groups', null)).toMatchObject({ kind: 'listed', items: [{ id: GROUP }] });
    expect(await ask('contacts', null)).toMatchObject({ kind: 'listed', items: [{ id: CHAT, phoneNumber: BOB }] });
    expect(page.queries).toEqual([]);
    expect(await ask('group', { chatId: GROUP })).toEqual({
      kind: 'listed',
      items: [
        {
          id: GROUP,
          name: 'Friends',
          participants: [{ id: '491700000007@c.us', lid: '7@lid', phoneNumber: '491700000007', isAdmin: true }],
        },
      ],
    });
    expect(page.queries).toEqual([GROUP]);
  });
});
