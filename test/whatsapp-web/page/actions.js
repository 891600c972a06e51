import { createWid } from './wid.js';

/** What is done to messages and chats, from here and from elsewhere. */
export function createActions({ connection, chats, MsgKey }) {
  const { Msg } = chats.collections;
  const act = (kind, data) => connection.post('action', { kind, data });
  class CallCollection extends Map {}
  const calls = { calls: new CallCollection(), on() {} };
  const reactions = { reactionTableMode: { bulkUpsert: async () => {} } };

  const happenings = {
    edited: ({ id, body }) => chats.change(id, { body }),
    revoked: ({ id, by }) => chats.change(id, { type: 'revoked', body: '', ...(by ? { revokeSender: by } : {}) }),
    async reaction({ id, emoji, from, timestamp }) {
      const parent = chats.byId(id);
      if (!parent) return;
      await reactions.reactionTableMode.bulkUpsert([
        {
          id: new MsgKey({ from: parent.id.remote, to: parent.id.remote, id: `R${id}`, selfDir: 'in' }),
          reactionParentKey: parent.id,
          reactionText: emoji,
          reactionTimestamp: timestamp * 1000,
          from: createWid(from),
        },
      ]);
    },
    call: ({ id, from, isVideo, isGroup, timestamp }) => {
      calls.calls.set(id, { id, peerJid: createWid(from), isVideo, isGroup, offerTime: timestamp, outgoing: false });
    },
    // The phone has sent the file again.
    media: ({ id }) => chats.byId(id)?.mediaData?.set({ mediaStage: 'NEED_POKE' }),
  };

  const isMine = (message) => message.id.fromMe && message.ack >= 1;

  return {
    happened: (what) => happenings[what.kind](what),
    sendRevokeMsgs: async (_chat, { list }) => {
      for (const message of list) {
        await act('revoke', { id: message.id.id });
        await chats.change(message.id.id, { type: 'revoked', body: '' });
      }
    },
    sendDeleteMsgs: async (_chat, { list }) => {
      for (const message of list) {
        await act('delete_for_me', { id: message.id.id });
        Msg.remove(message.id);
      }
    },
    modules: {
      WAWebCallCollection: calls,
      WAWebAddonReactionTableMode: reactions,
      WAWebMsgActionCapability: {
        canSenderRevokeMsg: isMine,
        canAdminRevokeMsg: () => false,
        canEditText: (message) => isMine(message) && message.type === 'chat',
        canEditCaption: () => false,
      },
      WAWebSendMessageEditAction: {
        async sendMessageEdit(message, text) {
          await act('edit', { id: message.id.id, text });
          await chats.change(message.id.id, { body: text });
        },
      },
      WAWebSendReactionMsgAction: {
        sendReactionToMsg: (message, emoji) => act('react', { id: message.id.id, emoji }),
      },
      WAWebChatStateBridge: {
        sendChatStateComposing: (wid) => act('typing', { chat: wid.toString() }),
        sendChatStateRecording: (wid) => act('recording', { chat: wid.toString() }),
        sendChatStatePaused: (wid) => act('paused', { chat: wid.toString() }),
      },
      WAWebUpdateUnreadChatAction: {
        async sendSeen({ chat }) {
          // A receipt that the network does not take is no error to whoever reads.
          await act('seen', { chat: chat.id.toString() }).catch(() => {});
          chat.set({ unreadCount: 0 });
        },
      },
      WAWap: { wap: (tag, attributes, children) => ({ tag, attributes, children }), generateId: () => '1.2' },
      WADeprecatedSendIq: {
        deprecatedCastStanza: ({ attributes, children }) =>
          act('reject_call', { to: String(attributes.to), id: children[0].attributes['call-id'] }),
      },
    },
  };
}
