/**
 * Sends under an id that was chosen before: find, else add. Whatever is refused, is refused before the page's list has
 * it; a chat is never marked as read; a quote is never left out.
 */
export const SENDER = String.raw`
  const refused = (code, message) => ({ kind: 'refused', code, message });
  const accepted = (row) => ({ kind: 'accepted', ack: Number.isInteger(row?.ack) ? row.ack : 0 });
  const PREVIEW_MS = 3000;

  const resolve = async ({ to }) => {
    const id = makeWid(addressOf(to));
    const text = wid(id);
    if (text.endsWith('@g.us')) {
      const chat = await chatOf(text).catch(() => null);
      return chat === null ? { kind: 'not_on_whatsapp' } : { kind: 'found', chatId: text, lid: null, phoneNumber: null };
    }
    let chatId = text;
    if (collections().Chat.get(id) === undefined) {
      const answer = await within(10000, need('WAWebQueryExistsJob').queryWidExists(id));
      if (!answer?.wid) return { kind: 'not_on_whatsapp' };
      chatId = wid(answer.wid) ?? text;
    }
    const { lid, phoneNumber } = personOf(chatId);
    return { kind: 'found', chatId, lid, phoneNumber };
  };

  const quoteOf = async (chat, messageId) => {
    const row = await rowOf(messageId);
    if (row === null) return refused('QUOTE_NOT_FOUND', 'The message to quote is not here');
    const reply = has('WAWebMsgReply');
    const canReply = reply === null ? true : reply.canReplyMsg(typeof row.unsafe === 'function' ? row.unsafe() : row);
    if (!canReply) return refused('QUOTE_NOT_FOUND', 'That message cannot be quoted');
    return { kind: 'quoted', fields: row.msgContextInfo(chat) };
  };
  const previewOf = async (text) => {
    try {
      const link = need('WALinkify').findLink(text);
      if (!link) return {};
      const preview = await within(PREVIEW_MS, need('WAWebLinkPreviewChatAction').getLinkPreview(link));
      return preview?.data ? { ...preview.data, preview: true, subtype: 'url' } : {};
    } catch {
      // It was asked for, and is no part of what was said.
      return {};
    }
  };
  const vcard = (name, digits) => {
    const said = name.replace(/[\\,;]/g, '\\$&').replace(/\r?\n/g, ' ');
    return ['BEGIN:VCARD', 'VERSION:3.0', 'N:;' + said + ';;;', 'FN:' + said,
      'TEL;type=CELL;waid=' + digits + ':+' + digits, 'END:VCARD'].join('\n');
  };
  const fieldsOf = async (content) => {
    switch (content.kind) {
      case 'text':
        return { type: 'chat', body: content.text, ...(content.linkPreview ? await previewOf(content.text) : {}) };
      case 'media':
        return { ...takeUpload(content.handle), ...(content.caption === undefined ? {} : { caption: content.caption }),
          ...(content.as === 'viewOnce' ? { isViewOnce: true } : {}) };
      case 'location':
        return { type: 'location', body: '', lat: content.latitude, lng: content.longitude, loc: content.name };
      case 'contact': {
        const digits = content.phoneNumber.replace(/\D/g, '');
        return { type: 'vcard', body: vcard(content.name, digits), vcardFormattedName: content.name };
      }
      case 'poll':
        return {
          kind: 'pollCreation', type: 'poll_creation', body: '', pollName: content.name,
          pollOptions: content.options.map((name, localId) => ({ name, localId })),
          pollSelectableOptionsCount: content.multiple ? 0 : 1,
          messageSecret: crypto.getRandomValues(new Uint8Array(32)),
        };
    }
  };
  /** The key that a message of ours has in this chat, and who it is from. */
  const keyIn = (chat, waId) => {
    const me = need('WAWebUserPrefsMeUser');
    const isGroup = wid(chat.id).endsWith('@g.us');
    const asLid = isGroup ? chat.groupMetadata?.isLidAddressingMode === true : wid(chat.id).endsWith('@lid');
    const from = asLid ? me.getMaybeMeLidUser() : me.getMaybeMePnUser();
    const participant = isGroup ? need('WAWebWidFactory').asUserWidOrThrow(from) : undefined;
    return { from, key: new (need('WAWebMsgKey'))({ from, to: chat.id, id: waId, participant, selfDir: 'out' }) };
  };
  const hearResult = (result) => {
    if (result?.errorCode !== 463) return;
    const until = Number(result.timeEnforcementEnds) > 0 ? result.timeEnforcementEnds * 1000 : Date.now() + 86400000;
    tell({ kind: 'restricted', until: iso(until), why: 'WhatsApp refuses messages to new chats' });
  };

  const hand = async ({ waId, chatId, content }) => {
    const known = ownRow(waId);
    if (known !== null) return accepted(known);
    let chat;
    try {
      chat = await chatOf(chatId);
    } catch {
      const answer = await within(10000, need('WAWebQueryExistsJob').queryWidExists(makeWid(chatId))).catch(() => undefined);
      if (answer === undefined) return { kind: 'not_now', why: 'WhatsApp does not say whether the chat is there' };
      return answer?.wid ? refused('REFUSED', 'The page has no such chat') : refused('NOT_ON_WHATSAPP', 'Nobody has this number');
    }
    if (!chat) return refused('NOT_ON_WHATSAPP', 'There is no such chat');
    const { from, key } = keyIn(chat, waId);
    // One that an earlier document has written down may be in the page's storage alone.
    const stored = await within(5000, collections().Msg.getMessagesById([String(key)])).catch(() => null);
    if (stored?.messages?.[0]) return accepted(stored.messages[0]);
    let quoted = {};
    if (content.quote !== undefined) {
      const found = await quoteOf(chat, content.quote);
      if (found.kind === 'refused') return found;
      quoted = found.fields;
    }
    const fields = await fieldsOf(content);
    const mentions = (content.mentions ?? []).map((one) => makeWid(addressOf(one)));
    const message = {
      id: key, ack: 0, from, to: chat.id, local: true, self: 'out', t: Math.floor(Date.now() / 1000), isNewMsg: true,
      ...(has('WAWebGetEphemeralFieldsMsgActionsUtils')?.getEphemeralFields(chat) ?? {}),
      ...fields, ...quoted,
      ...(mentions.length === 0 ? {} : { mentionedJidList: mentions }),
    };
    // Nothing is awaited between this look and the hand-over.
    const meanwhile = ownRow(waId);
    if (meanwhile !== null) return accepted(meanwhile);
    sent.add(waId);
    let handed;
    try {
      handed = need('WAWebSendMsgChatAction').addAndSendMsgToChat(chat, message);
    } catch {
      const row = ownRow(waId);
      return row === null ? refused('REFUSED', 'The page did not take it') : accepted(row);
    }
    const [added, result] = handed;
    Promise.resolve(result).then(hearResult).catch(() => {});
    try {
      await added;
    } catch (error) {
      if (ownRow(waId) === null) throw error;
    }
    const row = ownRow(waId);
    // The page said yes and shows nothing: nobody knows.
    if (row === null) throw new Error('the page took it and does not show it');
    return accepted(row);
  };
  const handing = new Map();
  const send = (request) => {
    const running = handing.get(request.waId) ?? hand(request).finally(() => handing.delete(request.waId));
    handing.set(request.waId, running);
    return running;
  };
  /** A row of ours that the list does not hold, out of the page's storage: by each key that it can have in this chat. */
  const storedRow = async (waId, chatId) => {
    const { lid, phoneNumber } = personOf(chatId);
    const names = new Set([chatId, lid, phoneNumber === null ? null : phoneNumber + '@c.us']);
    const chats = [...names].filter((name) => name !== null).map((name) => collections().Chat.get(makeWid(name)));
    const keys = chats.filter(Boolean).map((chat) => String(keyIn(chat, waId).key));
    if (keys.length === 0) return null;
    return (await within(5000, collections().Msg.getMessagesById(keys)))?.messages?.find(Boolean) ?? null;
  };
  const find = async ({ waIds, chats = {} }) => {
    const found = [];
    for (const waId of waIds) {
      const row = ownRow(waId) ?? (chats[waId] === undefined ? null : await storedRow(waId, addressOf(chats[waId])));
      if (row !== null) found.push({ waId, ack: accepted(row).ack });
    }
    return { kind: 'found', rows: found };
  };
  const resend = async ({ waId }) => {
    const row = ownRow(waId);
    if (row === null) return { kind: 'not_now', why: 'the page has no such message' };
    sent.add(waId);
    if (!(row.ack >= 1)) Promise.resolve(row.resend()).catch(() => {});
    return accepted(row);
  };
  const idForm = async () => ({ kind: 'sample', waId: await need('WAWebMsgKey').newId() });
`;
