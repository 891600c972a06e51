/** What is done to messages and chats, and what the page knows of chats, groups and contacts. */
export const ACTIONS = String.raw`
  const LONGEST_TYPING_MS = 60000;
  const typing = new Map();
  const done = { kind: 'done' };

  const deeds = {
    async edit({ messageId, text }) {
      const row = await rowOf(messageId);
      if (row === null) return refused('NOT_FOUND', 'There is no such message');
      const can = need('WAWebMsgActionCapability');
      if (row.id.fromMe !== true || !(can.canEditText(row) || can.canEditCaption(row)))
        return refused('NOT_EDITABLE', 'That message can no longer be changed');
      await within(15000, need('WAWebSendMessageEditAction').sendMessageEdit(row, text, {}));
      return done;
    },
    async react({ messageId, emoji }) {
      const row = await rowOf(messageId);
      if (row === null) return refused('NOT_FOUND', 'There is no such message');
      await within(15000, need('WAWebSendReactionMsgAction').sendReactionToMsg(row, emoji));
      return done;
    },
    async revoke({ messageId }) {
      const row = await rowOf(messageId);
      if (row === null) return refused('NOT_FOUND', 'There is no such message');
      const can = need('WAWebMsgActionCapability');
      if (!(can.canSenderRevokeMsg(row) || can.canAdminRevokeMsg(row)))
        return refused('NOT_REVOCABLE', 'That message can no longer be taken back');
      const chat = await chatOf(wid(row.id.remote));
      await within(15000, need('WAWebCmd').Cmd.sendRevokeMsgs(chat, { list: [row], type: 'message' }, { clearMedia: true }));
      return done;
    },
    async seen({ chatId }) {
      const chat = collections().Chat.get(makeWid(addressOf(chatId)));
      if (!chat) return refused('NOT_FOUND', 'There is no such chat');
      await within(15000, need('WAWebUpdateUnreadChatAction').sendSeen({ chat, threadId: undefined }));
      return done;
    },
    async typing({ chatId, ms }) {
      const chat = makeWid(addressOf(chatId));
      const states = need('WAWebChatStateBridge');
      await within(15000, states.sendChatStateComposing(chat));
      clearTimeout(typing.get(chatId));
      typing.set(chatId, setTimeout(() => {
        typing.delete(chatId);
        Promise.resolve(states.sendChatStatePaused(chat)).catch(() => {});
      }, Math.min(ms, LONGEST_TYPING_MS)));
      return done;
    },
    async reject_call({ callId, from }) {
      const { wap, generateId } = need('WAWap');
      const peer = makeWid(addressOf(from));
      const me = need('WAWebUserPrefsMeUser').getMaybeMePnUser();
      const reject = wap('reject', { 'call-id': callId, 'call-creator': peer, count: '0' });
      const stanza = wap('call', { id: generateId(), from: wid(me), to: peer }, [reject]);
      await within(15000, need('WADeprecatedSendIq').deprecatedCastStanza(stanza));
      return done;
    },
  };
  const act = async (action) => {
    const lacking = MODULES_OF_ACTIONS[action.kind].filter((name) => has(name) === null);
    return lacking.length > 0 ? { kind: 'unsupported', capability: 'send' } : deeds[action.kind](action);
  };
  const MODULES_OF_ACTIONS = {
    edit: ['WAWebMsgActionCapability', 'WAWebSendMessageEditAction'],
    react: ['WAWebSendReactionMsgAction'],
    revoke: ['WAWebMsgActionCapability', 'WAWebCmd'],
    seen: ['WAWebUpdateUnreadChatAction'],
    typing: ['WAWebChatStateBridge'],
    reject_call: ['WAWap', 'WADeprecatedSendIq'],
  };

  const nameOf = (...names) => names.find((name) => typeof name === 'string' && name !== '') ?? null;
  const isGroup = (chat) => wid(chat.id)?.endsWith('@g.us') === true;
  const chats = () => collections().Chat.getModelsArray().filter((chat) => wid(chat.id) !== null && wid(chat.id) !== 'status@broadcast');
  const groupsAt = (items, { from, count }) => ({ items: items.slice(from, from + count), total: items.length });
  const lists = {
    chats: () => chats().map((chat) => {
      const { id, lid, phoneNumber } = personOf(chat.id);
      return { id, name: nameOf(chat.formattedTitle, chat.name), isGroup: isGroup(chat), unread: Math.max(0, Number(chat.unreadCount) || 0),
        timestamp: chat.t > 0 ? iso(chat.t * 1000) : null, lid, phoneNumber };
    }),
    groups: () => chats().filter(isGroup).map((chat) => ({ id: wid(chat.id), name: nameOf(chat.groupMetadata?.subject, chat.formattedTitle, chat.name) })),
    contacts: () => {
      const getters = has('WAWebFrontendContactGetters');
      const isMine = (contact) => typeof getters?.getIsMyContact !== 'function' || getters.getIsMyContact(contact) === true;
      return collections().Contact.getModelsArray().filter((contact) => /@(c\.us|lid)$/.test(wid(contact.id) ?? '') && isMine(contact))
        .map((contact) => {
          const { id, lid, phoneNumber } = personOf(contact.id);
          return { id, name: nameOf(contact.name, contact.pushname, contact.formattedName), lid, phoneNumber };
        });
    },
  };
  const list = ({ name, from, count }) => groupsAt(lists[name](), { from, count });
  const group = async ({ chatId }) => {
    const chat = collections().Chat.get(makeWid(chatId));
    if (!chat || !isGroup(chat)) return { kind: 'listed', items: [] };
    const metadata = collections().GroupMetadata ?? collections().WAWebGroupMetadataCollection;
    await within(10000, metadata.update(makeWid(chatId)));
    const known = chat.groupMetadata?.participants;
    const participants = (typeof known?.getModelsArray === 'function' ? known.getModelsArray() : known ?? [])
      .map((one) => ({ ...personOf(one.id), isAdmin: one.isAdmin === true || one.isSuperAdmin === true }));
    return { kind: 'listed', items: [{ id: wid(chat.id), name: nameOf(chat.groupMetadata?.subject, chat.formattedTitle), participants }] };
  };
`;
