import { describe, expect, it } from 'vitest';
import { useMessages, waId, WHOLE_BUILDS } from './messages-fixture.ts';

const BOB = '491799999999';
const CHAT = `${BOB}@c.us`;
const LID = '998877665544@lid';
const GROUP = '120363000000000001@g.us';

describe.each([...WHOLE_BUILDS, 'unseen'] as const)('receiving on the page of build %s', (build) => {
  const fixture = useMessages();

  it('hears everybody once and in order, with both ids where WhatsApp gives both', async () => {
    const { ask, phone, next } = await fixture.link({ build });
    const told = phone.receives({ from: BOB, text: 'one' });
    phone.receives({ from: LID, text: 'two' });
    phone.receives({ from: LID, alternate: '491700000007@c.us', group: GROUP, text: 'three' });
    const echo = phone.writes({ to: BOB, text: 'four' });
    const heard = [await next('message'), await next('message'), await next('message'), await next('message')];
    expect(heard.map(({ message }) => message)).toMatchObject([
      {
        id: `false_${CHAT}_${told.id}`,
        waId: told.id,
        chatId: CHAT,
        type: 'text',
        body: 'one',
        fromMe: false,
        timestamp: new Date(told.timestamp * 1_000).toISOString(),
        sender: { id: CHAT, lid: null, phoneNumber: BOB },
      },
      { from: LID, sender: { id: LID, lid: LID, phoneNumber: null } },
      { chatId: GROUP, author: LID, sender: { id: LID, lid: LID, phoneNumber: '491700000007' } },
      { id: `true_${CHAT}_${echo.id}`, fromMe: true, body: 'four' },
    ]);
    expect(heard[2]?.message.id).toBe(`false_${GROUP}_${heard[2]?.message.waId ?? ''}_${LID}`);
    const listed = await ask('recent', { since: 0, limit: 3 });
    expect(listed).toMatchObject({ kind: 'listed', items: [{ body: 'one' }, { body: 'two' }, { body: 'three' }] });
  });

  it('hears edits, revocations, reactions and calls', async () => {
    const { phone, next } = await fixture.link({ build });
    const { id } = phone.receives({ from: BOB, text: 'one' });
    await next('message');
    const timestamp = Math.floor(Date.now() / 1_000);
    phone.happens({ kind: 'edited', id, body: 'two' });
    phone.happens({ kind: 'reaction', id, emoji: '👍', from: CHAT, timestamp });
    phone.happens({ kind: 'revoked', id, by: CHAT });
    phone.happens({ kind: 'call', id: 'call-1', from: CHAT, isVideo: true, isGroup: false, timestamp });
    const about = { id: `false_${CHAT}_${id}`, waId: id, chatId: CHAT };
    expect(await next('edited')).toMatchObject({ ...about, text: 'two' });
    expect(await next('reaction')).toMatchObject({ ...about, from: CHAT, emoji: '👍' });
    expect(await next('revoked')).toMatchObject({ ...about, by: CHAT });
    expect(await next('call')).toMatchObject({ id: 'call-1', from: CHAT, isVideo: true, isGroup: false });
  });

  it('hears what came while the browser was away, while it reloads and while only the socket was down', async () => {
    const { device, phone, subject } = await fixture.link({ build });
    await device.close(10_000);
    phone.receives({ from: BOB, text: 'away' });
    const again = fixture.open(subject);
    await again.log.next('ready');
    expect((await again.next('message')).message.body).toBe('away');

    fixture.chromium.page(subject).misbehave({ kind: 'reload' });
    phone.receives({ from: BOB, text: 'during a reload' });
    // What the document that goes had heard and nobody had pulled, is in the list of the next.
    await expect
      .poll(() => again.ask('recent', { since: 0, limit: 10 }).catch(() => null), { timeout: 60_000 })
      .toMatchObject({ items: [{ body: 'away' }, { body: 'during a reload' }] });

    await fixture.chromium.networkDown(subject);
    phone.receives({ from: BOB, text: 'without a socket' });
    await fixture.chromium.networkUp(subject);
    await expect
      .poll(async () => (await again.next('message')).message.body, { timeout: 60_000 })
      .toBe('without a socket');
  });

  it('keeps a flood until it is confirmed, and rings once for it', async () => {
    const { ask, device, log, phone } = await fixture.link({ build });
    await ask('pull', { confirm: null, limit: 1 });
    const rungBefore = log.types.filter((type) => type === 'inbox').length;
    for (let number = 0; number < 300; number += 1) phone.receives({ from: BOB, text: String(number) });
    await expect
      .poll(async () => (await ask('recent', { since: 0, limit: 1_000 })) as unknown, { timeout: 60_000 })
      .toMatchObject({ items: { length: 300 } });
    expect(log.types.filter((type) => type === 'inbox').length).toBe(rungBefore + 1);
    const first = await ask('pull', { confirm: null, limit: 200 });
    const same = await ask('pull', { confirm: null, limit: 200 });
    expect(same).toEqual(first);
    const rest = await device.call('pull', { confirm: first.upTo, limit: 200 }, AbortSignal.timeout(10_000));
    const bodies = [...first.items, ...rest.items].map((item) => (item.kind === 'message' ? item.message.body : ''));
    expect(bodies).toEqual(Array.from({ length: 300 }, (_, number) => String(number)));
    expect(first.overflowed + rest.overflowed).toBe(0);
  });
});

describe('a page that nobody has seen', () => {
  const fixture = useMessages();

  it('names what it lacks, and does all else', async () => {
    const { ask, log, phone, subject, next } = await fixture.link({ build: 'unseen' });
    const ready = log.events.find((event) => event.type === 'ready');
    expect(ready).toMatchObject({ capabilities: { receive: true, send: false, media: false, chats: true } });
    const lacks = expect.stringContaining('send: WAWebSendMsgChatAction.addAndSendMsgToChat') as unknown;
    expect(log.events).toContainEqual({ type: 'unreadable', unreadable: { kind: 'page', why: lacks } });
    const content = { kind: 'text', text: 'x', linkPreview: false } as const;
    expect(await ask('send', { waId: waId(1), chatId: CHAT, content })).toEqual({
      kind: 'unsupported',
      capability: 'send',
    });
    expect(await ask('mediaOpen', { messageId: waId(1) })).toEqual({ kind: 'unsupported', capability: 'media' });
    expect(await ask('chats', null)).toMatchObject({ kind: 'listed' });
    phone.receives({ from: BOB, text: 'still heard' });
    expect((await next('message')).message.body).toBe('still heard');
    expect(await ask('probe', null)).toEqual({ kind: 'alive' });
    await ask('unlink', null);
    await expect.poll(() => phone.devices().length).toBe(0);
    expect(fixture.chromium.launch(subject).pid).toBeGreaterThan(0);
  });
});
