import { Collection, Model } from './model.js';
import { MsgKey, createWid } from './wid.js';

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
  }

  unsafe() {
    return this;
  }
}

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
    return { ...rest, msgs: msgs.getModelsArray().map(({ id }) => id._serialized) };
  }
}

class Contact extends Model {
  constructor(id) {
    super({
      id,
      name: id.user,
      pushname: id.user,
      shortName: id.user,
      formattedName: id.user,
      isBusiness: false,
      isContactBlocked: false,
    });
  }
}

/** Collections that make what is asked for and missing, as looking it up on the network would. */
class FindingCollection extends Collection {
  #make;

  constructor(make) {
    super();
    this.#make = make;
  }

  async find(like) {
    return this.get(like) ?? this.add(this.#make(createWid(like)));
  }
}

class Messages extends Collection {
  modelClass = Msg;

  async getMessagesById(ids) {
    return { messages: ids.map((id) => this.get(id)).filter(Boolean) };
  }
}

/** The messages of this device: in memory, in its storage, and on their way to the server. */
export function createChats(storage, connection) {
  const collections = {
    Msg: new Messages(),
    Chat: new FindingCollection((id) => new Chat(id)),
    Contact: new FindingCollection((id) => new Contact(id)),
    GroupMetadata: Object.assign(new Collection(), {
      update: (id) => connection.post('query', { about: id._serialized }),
    }),
    BusinessProfile: new FindingCollection((id) => new Model({ id })),
    Blocklist: new Collection(),
  };
  const outbox = new Map();

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
    const message = new Msg({
      id,
      body: record.body,
      type: record.type,
      t: record.timestamp,
      from: createWid(record.from),
      to: createWid(record.to),
      ...(record.author ? { author: createWid(record.author) } : {}),
      ...(record.media ? { directPath: `/v/${record.id}`, mimetype: record.media.mimetype, caption: record.body } : {}),
      ack: record.ack ?? (fromMe ? 0 : 1),
      self: record.direction,
      isNewMsg,
    });
    const chatId = createWid(record.chat);
    const chat = collections.Chat.get(chatId) ?? collections.Chat.add(new Chat(chatId));
    chat.msgs.add(message);
    collections.Msg.add(message);
    chat.set({ t: record.timestamp, ...(fromMe ? {} : { lastReceivedKey: id, unreadCount: chat.unreadCount + 1 }) });
    return message;
  }

  async function post(record) {
    const answer = await connection.post('sent', record).catch(() => null);
    if (answer?.kind === 'taken') outbox.get(record.id)?.sent();
    if (answer?.kind === 'taken') outbox.delete(record.id);
  }

  return {
    collections,
    async load() {
      const records = await storage.messages();
      for (const record of records.toSorted((a, b) => a.timestamp - b.timestamp)) add(record, false);
      for (const chat of collections.Chat.getModelsArray()) chat.set({ unreadCount: 0 });
    },
    async receive(message) {
      const record = { ...message, direction: 'in' };
      const generation = await storage.keep(record);
      await connection.post('received', { id: message.id, generation });
      add(record, true);
    },
    async acknowledge(id, ack) {
      const message = collections.Msg.getModelsArray().find((known) => known.id.fromMe && known.id.id === id);
      if (!message || ack <= message.ack) return;
      message.set({ ack });
      await storage.keepAck(id, ack);
    },
    /** WAWebSendMsgChatAction.addAndSendMsgToChat: the message is there at once, sent when the server has it. */
    send(chat, message) {
      const record = {
        id: message.id.id,
        chat: chat.id._serialized,
        from: message.from._serialized,
        to: chat.id._serialized,
        author: message.id.participant?._serialized ?? null,
        body: message.body ?? '',
        type: message.type,
        timestamp: message.t,
        media: null,
        direction: 'out',
      };
      const sent = new Promise((resolve) =>
        outbox.set(record.id, { record, sent: () => resolve({ messageSendResult: 'OK' }) }),
      );
      const added = add(record, true);
      storage.keep(record).then((generation) => {
        const posted = {
          id: record.id,
          to: record.to,
          body: record.body,
          type: record.type,
          timestamp: record.timestamp,
          generation,
        };
        outbox.get(record.id).posted = posted;
        return post(posted);
      });
      return [Promise.resolve(added), sent];
    },
    /** Sends again what a lost connection may have swallowed. */
    flush() {
      for (const { posted } of outbox.values()) if (posted) post(posted);
    },
  };
}
