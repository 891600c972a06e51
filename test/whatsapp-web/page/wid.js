/** Ids of people, groups and messages. Methods are on the prototype, so that they do not travel with the data. */
export class Wid {
  constructor(serialized) {
    const [user, server] = serialized.split('@');
    this.server = server;
    this.user = user;
    this._serialized = serialized;
  }

  isUser() {
    return this.server === 'c.us' || this.server === 'lid';
  }

  isRegularUser() {
    return this.isUser();
  }

  isGroup() {
    return this.server === 'g.us';
  }

  isLid() {
    return this.server === 'lid';
  }

  isStatus() {
    return this._serialized === 'status@broadcast';
  }

  equals(other) {
    return other?._serialized === this._serialized;
  }

  toJid() {
    return this._serialized.replace('@c.us', '@s.whatsapp.net');
  }

  toString() {
    return this._serialized;
  }
}

export function createWid(like) {
  const serialized = typeof like === 'string' ? like : like?._serialized;
  if (typeof serialized !== 'string' || !serialized.includes('@')) throw new Error('wid error: invalid wid');
  return new Wid(serialized);
}

/** The class of messages' keys of one build. */
export function msgKeyOf(keyText) {
  return class MsgKey {
    constructor({ from, to, id, participant, selfDir }) {
      this.fromMe = selfDir === 'out';
      this.remote = this.fromMe ? to : from;
      this.id = id;
      if (participant) this.participant = participant;
      this[keyText] = `${this.fromMe}_${this.remote}_${id}${participant ? `_${participant}` : ''}`;
    }

    static async newId() {
      const bytes = crypto.getRandomValues(new Uint8Array(9));
      return `3EB0${[...bytes]
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join('')
        .toUpperCase()}`;
    }

    toString() {
      return this[keyText];
    }
  };
}
