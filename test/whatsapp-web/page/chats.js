import { FindingCollection } from './contacts.js';
import { Collection, Model } from './model.js';
import { Outbox } from './outbox.js';
import { createWid } from './wid.js';

class Chat extends Model {
  constructor(id) {
    super({
      id,
      formattedTitle: id.user,
      unreadCount: 0,
      t: 0,
      archive: false,
      pin: 0,
      isReadOnly: false,
      isLocked: false,
      mute: { expiration: 0 },
      msgs: new Collection(),
    });
    if (id.isGroup()) {
      this.groupMetadata = new Model({ id, subject: id.user, participants: [], announce: false });
    }
  }

  serialize() {
    const { msgs, groupMetadata: _serializedApart, ...rest } = this;
    return { ...rest, msgs: msgs.getModelsArray().map(({ id }) => id.toString()) };
  }
}

class Messages extends Collection {
  /** Looks where rows lie that the list does not hold. */
  ofStorage = async () => null;

  async getMessagesById(ids) {
    const stored = await Promise.all(ids.map((id) => this.get(id) ?? this.ofStorage(String(id))));
    return { messages: stored.filter(Boolean) };
  }
}

/** Attributes of a message that only some have, as they are stored and sent. */
const EXTRA = new Set([
  'lat',
  'lng',
  'loc',
  'pollName',
  'pollOptions',
  'pollSelectableOptionsCount',
  'vcardFormattedName',
  'quotedStanzaID',
  'mentionedJidList',
  'directPath',
  'mimetype',
  'size',
  'filename',
  'caption',
  'isGif',
  'isViewOnce',
  'title',
  'canonicalUrl',
]);

const extraOf = (message) =>
  Object.fromEntries(Object.entries(message).filter(([name, value]) => EXTRA.has(name) && value !== undefined));

/** The messages of this device: in memory, in its storage, and on their way to the server. */
export function createChats({ storage, connection, settings, contacts, media, makeError, MsgKey }) {
  class Msg extends Model {
    constructor(attributes) {
      super({
        star: false,
        isForwarded: false,
        isEphemeral: false,
        isStatusV3: false,
        mentionedJidList: [],
        ...attributes,
      });
      if (Object.hasOwn(attributes, '__x_id'))
        throw makeError('InvalidModelError', 'Data passed to getter must include an id property');
    }

    unsafe() {
      return this;
    }

    msgContextInfo() {
      return {
        quotedStanzaID: this.id.id,
        quotedParticipant: this.author ?? this.from,
        quotedMsg: { body: this.body },
      };
    }

    resend() {
      return outbox.again(this);
    }

    downloadMedia() {
      return media.download(this);
    }
  }

  const collections = {
    Msg: Object.assign(new Messages(), { modelClass: Msg }),
    Chat: new FindingCollection((id) => new Chat(id)),
    Contact: contacts.collection,
    GroupMetadata: Object.assign(new Collection(), {
      async update(id) {
        const group = await connection.post('query', { about: id.toString() });
        if (group === null) return;
        const participants = group.participants.map((one) => {
          contacts.pair(one.id, one.lid);
          return { id: createWid(one.id), isAdmin: one.isAdmin };
        });
        collections.Chat.get(id)?.groupMetadata.set({ subject: group.subject, participants });
      },
    }),
    BusinessProfile: new FindingCollection((id) => new Model({ id })),
    Blocklist: new Collection(),
  };
  /** Rows are numbered as they come: a second may hold many. */
  let lastRow = 0;
  const outbox = new Outbox({ connection, storage, settings });

  function chatOf(record) {
    const chatId = createWid(record.chat);
    return collections.Chat.get(chatId) ?? collections.Chat.add(new Chat(chatId));
  }

  function add(record, isNewMsg) {
    const fromMe = record.direction === 'out';
    const id = new MsgKey({
      from: createWid(record.from),
      to: createWid(record.to),
      id: record.id,
      participant: record.author ? createWid(record.author) : undefined,
      selfDir: record.direction,
    });
    const known = collections.Msg.get(id);
    if (known) return known;
    contacts.pair(record.author ?? record.from, record.alternate);
    const extra = record.extra ?? {};
    const message = new Msg({
      id,
      body: record.body,
      type: record.type,
      t: record.timestamp,
      rowId: record.rowId,
      from: createWid(record.from),
      to: createWid(record.to),
      ...(record.author ? { author: createWid(record.author) } : {}),
      ...extra,
      ...(extra.mentionedJidList ? { mentionedJidList: extra.mentionedJidList.map(createWid) } : {}),
      ...(record.media ? media.attributesOf(record) : {}),
      ack: record.ack ?? (fromMe ? 0 : 1),
      self: record.direction,
      isNewMsg,
    });
    const chat = chatOf(record);
    if (record.type !== 'revoked' && !fromMe) contacts.collection.find(record.author ?? record.from);
    chat.msgs.add(message);
    collections.Msg.add(message);
    chat.set({ t: record.timestamp, ...(fromMe ? {} : { lastReceivedKey: id, unreadCount: chat.unreadCount + 1 }) });
    return message;
  }

  collections.Msg.ofStorage = async (id) => {
    const record = (await storage.messages()).find((one) => one.id === id.split('_')[2]);
    return record === undefined ? null : add(record, false);
  };

  const byId = (id) => collections.Msg.getModelsArray().find((known) => known.id.id === id);

  return {
    collections,
    byId,
    async load() {
      const records = await storage.messages();
      for (const record of records.toSorted((a, b) => a.timestamp - b.timestamp)) {
        lastRow = Math.max(lastRow, record.rowId);
        if (settings.lists === 'new') {
          chatOf(record);
          continue;
        }
        const message = add(record, false);
        if (record.direction !== 'out' || record.ack >= 1 || !record.isOurs) continue;
        outbox.remember(record, message, settings.sends.resumes);
      }
      for (const chat of collections.Chat.getModelsArray()) chat.set({ unreadCount: 0 });
    },
    async receive(message) {
      const record = { direction: 'in', ...message, rowId: (lastRow += 1) };
      if (record.direction === 'out') record.ack = 1;
      const generation = await storage.keep(record);
      await connection.post('received', { id: message.id, generation });
      add(record, true);
    },
    async acknowledge(id, ack) {
      const message = byId(id);
      if (!message?.id.fromMe) return;
      message.set({ ack });
      await storage.change(id, { ack });
    },
    /** What the phone or others have changed of a message. */
    async change(id, attributes) {
      byId(id)?.set(attributes);
      await storage.change(id, attributes);
    },
    /** WAWebSendMsgChatAction.addAndSendMsgToChat: the message is there at once, sent when the server has it. */
    send(chat, message) {
      if (Object.hasOwn(message, '__x_id') && message.__x_id !== message.id)
        throw makeError('InvalidModelError', 'Data passed to getter must include an id property');
      if (collections.Msg.get(message.id)) throw makeError('DuplicateMessageError');
      const record = {
        id: message.id.id,
        chat: chat.id.toString(),
        from: message.from.toString(),
        to: chat.id.toString(),
        author: message.id.participant?.toString() ?? null,
        body: message.body ?? '',
        type: message.type,
        timestamp: message.t,
        media: message.directPath
          ? { mimetype: message.mimetype, size: message.size, filename: message.filename }
          : null,
        extra: JSON.parse(
          JSON.stringify(extraOf({ ...message, mentionedJidList: message.mentionedJidList?.map(String) })),
        ),
        direction: 'out',
        ack: 0,
        isOurs: true,
        rowId: (lastRow += 1),
      };
      const added = add(record, true);
      return [Promise.resolve(added), outbox.post(record, added)];
    },
    /** Sends again what a lost connection may have swallowed. */
    flush: () => outbox.flush(),
  };
}
