import { describe, expect, it } from 'vitest';
import type { OutgoingContent } from '../../../../../src/domain/message.ts';
import { useMessages, waId, WHOLE_BUILDS } from './messages-fixture.ts';

const BOB = '491799999999';
const CHAT = `${BOB}@c.us`;
const text = (said: string): OutgoingContent => ({ kind: 'text', text: said, linkPreview: false });

describe.each(WHOLE_BUILDS)('sending on the page of build %s', (build) => {
  const fixture = useMessages();

  it('sends once under the id it was given, and tells what became of it', async () => {
    const { ask, phone, next } = await fixture.link({ build });
    phone.acknowledgeAutomatically(0);
    expect(await ask('capabilities', null)).toEqual({ receive: true, send: true, media: true, chats: true });
    const form = await ask('idForm', null);
    expect(form).toMatchObject({ kind: 'sample', waId: expect.stringMatching(/^3EB0[0-9A-F]{18}$/u) as unknown });
    expect(await ask('resolve', { to: BOB })).toMatchObject({ kind: 'found', chatId: CHAT, phoneNumber: BOB });

    const first = { waId: waId(1), chatId: CHAT, content: text('once') };
    // Accepted is not sent: nobody has acknowledged it.
    expect(await ask('send', first)).toEqual({ kind: 'accepted', ack: 0 });
    expect(await ask('send', first)).toEqual({ kind: 'accepted', ack: 0 });
    await expect
      .poll(() => phone.sent().map(({ id, to, body }) => ({ id, to, body })))
      .toEqual([{ id: waId(1), to: CHAT, body: 'once' }]);
    expect(phone.arrivals()).toEqual([waId(1)]);

    // Acks in any order, and a refusal, as they come.
    phone.acknowledges(waId(1), 2);
    phone.acknowledges(waId(1), 1);
    expect(await next('ack')).toEqual({ kind: 'ack', waId: waId(1), ack: 2 });
    expect(await next('ack')).toEqual({ kind: 'ack', waId: waId(1), ack: 1 });
    await ask('send', { waId: waId(2), chatId: CHAT, content: text('refused') });
    await expect.poll(() => phone.sent().length).toBe(2);
    phone.acknowledges(waId(2), -1);
    expect(await next('ack')).toEqual({ kind: 'ack', waId: waId(2), ack: -1 });
    expect(await ask('find', { waIds: [waId(1), waId(2), waId(3)] })).toEqual({
      kind: 'found',
      rows: [
        { waId: waId(1), ack: 1 },
        { waId: waId(2), ack: -1 },
      ],
    });
    // A chat is never marked as read.
    expect(phone.actions().filter(({ kind }) => kind === 'seen')).toEqual([]);
  });

  it('says what it surely did not hand over, and leaves no quote out', async () => {
    const { ask, phone } = await fixture.link({ build });
    fixture.chromium.web.unregister('491700000404');
    expect(await ask('resolve', { to: '491700000404' })).toEqual({ kind: 'not_on_whatsapp' });
    expect(await ask('send', { waId: waId(1), chatId: '491700000404@c.us', content: text('x') })).toMatchObject({
      kind: 'refused',
      code: 'NOT_ON_WHATSAPP',
    });
    const quoting = { ...text('y'), quote: '3EB0FFFF' } as OutgoingContent;
    expect(await ask('send', { waId: waId(2), chatId: CHAT, content: quoting })).toMatchObject({
      kind: 'refused',
      code: 'QUOTE_NOT_FOUND',
    });
    expect(phone.arrivals()).toEqual([]);
  });

  it('sends quotes, mentions, places, contacts and polls, and waits for no preview that does not come', async () => {
    const { ask, phone, next } = await fixture.link({ build, linkPreview: 'hangs' });
    const asked = phone.receives({ from: BOB, text: 'What?' });
    const { message } = await next('message');
    const contents: readonly OutgoingContent[] = [
      {
        kind: 'text',
        text: '@1 see https://example.com',
        linkPreview: true,
        quote: message.id,
        mentions: ['491700000001'],
      },
      { kind: 'location', latitude: 1.5, longitude: -2.5, name: 'Here' },
      { kind: 'contact', phoneNumber: '491700000001', name: 'Ada, of; Lovelace' },
      { kind: 'poll', name: 'When?', options: ['now', 'later'], multiple: false },
    ];
    for (const [index, content] of contents.entries())
      expect(await ask('send', { waId: waId(index), chatId: CHAT, content })).toMatchObject({ kind: 'accepted' });
    await expect.poll(() => phone.sent().length).toBe(4);
    expect(phone.sent().map(({ type, extra }) => ({ type, extra }))).toMatchObject([
      { type: 'chat', extra: { quotedStanzaID: asked.id, mentionedJidList: ['491700000001@c.us'] } },
      { type: 'location', extra: { lat: 1.5, lng: -2.5, loc: 'Here' } },
      { type: 'vcard', extra: { vcardFormattedName: 'Ada, of; Lovelace' } },
      { type: 'poll_creation', extra: { pollName: 'When?', pollSelectableOptionsCount: 1 } },
    ]);
    expect(phone.sent()[2]?.body).toContain('FN:Ada\\, of\\; Lovelace');
    expect(phone.sent()[2]?.body).toContain('waid=491700000001:+491700000001');
  });

  it('finds after a kill what went out, and hands over again under the same id what was forgotten', async () => {
    const { ask, device, phone, log, subject } = await fixture.link({ build });
    phone.treats({ kind: 'forget' });
    await ask('send', { waId: waId(1), chatId: CHAT, content: text('forgotten') });
    await ask('send', { waId: waId(2), chatId: CHAT, content: text('known') });
    await expect.poll(() => phone.arrivals().length).toBe(2);
    await expect.poll(async () => ask('isFlushed', null), { timeout: 60_000 }).toBe(true);
    await fixture.chromium.crashBrowser(subject);
    await log.next('lost');
    await device.close(5_000);
    const again = fixture.open(subject);
    await again.log.next('ready');
    expect(await again.ask('find', { waIds: [waId(1), waId(2), waId(3)] })).toEqual({
      kind: 'found',
      rows: [
        { waId: waId(1), ack: 0 },
        { waId: waId(2), ack: 1 },
      ],
    });
    expect(await again.ask('resend', { waId: waId(1) })).toEqual({ kind: 'accepted', ack: 0 });
    await expect.poll(() => phone.sent().map(({ id }) => id)).toEqual([waId(2), waId(1)]);
    // What the page has is reported, not added again.
    expect(await again.ask('send', { waId: waId(2), chatId: CHAT, content: text('known') })).toEqual({
      kind: 'accepted',
      ack: 1,
    });
    expect(phone.arrivals()).toEqual([waId(1), waId(2), waId(1)]);
  });

  it('finds in the storage of a page what its list does not hold', async () => {
    const { ask, device, phone, subject } = await fixture.link({ build, lists: 'new' });
    await ask('send', { waId: waId(1), chatId: CHAT, content: text('stored') });
    await expect.poll(() => phone.sent().length).toBe(1);
    // The page has heard of the acknowledgement, which is what it stores last.
    await expect.poll(() => ask('find', { waIds: [waId(1)] })).toMatchObject({ rows: [{ ack: 1 }] });
    await device.close(5_000);
    const again = fixture.open(subject);
    await again.log.next('ready');
    expect(await again.ask('find', { waIds: [waId(1)] })).toEqual({ kind: 'found', rows: [] });
    const chats = { [waId(1)]: CHAT, [waId(2)]: CHAT };
    expect(await again.ask('find', { waIds: [waId(1), waId(2)], chats })).toEqual({
      kind: 'found',
      rows: [{ waId: waId(1), ack: 1 }],
    });
  });

  it('tells of a restriction that WhatsApp speaks out', async () => {
    const { ask, phone, next } = await fixture.link({ build });
    const until = Math.floor(Date.now() / 1_000) + 3_600;
    phone.treats({ kind: 'refuse', code: 463, until });
    await ask('send', { waId: waId(1), chatId: CHAT, content: text('to somebody new') });
    expect(await next('ack')).toEqual({ kind: 'ack', waId: waId(1), ack: -1 });
    expect(await next('restricted')).toMatchObject({ until: new Date(until * 1_000).toISOString() });
  });

  it('keeps the order of a chat over a hang of the network', async () => {
    const { ask, phone, subject } = await fixture.link({ build });
    // A chat that is there needs no question to WhatsApp.
    await ask('send', { waId: waId(0), chatId: CHAT, content: text('0') });
    await expect.poll(() => phone.sent().length).toBe(1);
    await fixture.chromium.networkDown(subject);
    for (const number of [1, 2, 3])
      expect(await ask('send', { waId: waId(number), chatId: CHAT, content: text(String(number)) })).toEqual({
        kind: 'accepted',
        ack: 0,
      });
    expect(await ask('send', { waId: waId(4), chatId: '491700000002@c.us', content: text('4') })).toMatchObject({
      kind: 'not_now',
    });
    expect(phone.arrivals()).toEqual([waId(0)]);
    await fixture.chromium.networkUp(subject);
    await expect.poll(() => phone.sent().map(({ body }) => body), { timeout: 60_000 }).toEqual(['0', '1', '2', '3']);
  });
});
