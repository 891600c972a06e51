import { Collection, Model } from './model.js';
import { createWid } from './wid.js';

/** Collections that make what is asked for and missing, as looking it up on the network would. */
export class FindingCollection extends Collection {
  #make;

  constructor(make) {
    super();
    this.#make = make;
  }

  async find(like) {
    return this.get(like) ?? this.add(this.#make(createWid(like)));
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

/** Who is on WhatsApp, and which number and LID are the same person's. */
export function createContacts({ connection }) {
  const collection = new FindingCollection((id) => new Contact(id));
  const others = new Map();
  const known = new Set();

  /** Two ids of one person. */
  function pair(one, other) {
    if (!one || !other) return;
    others.set(one, other);
    others.set(other, one);
  }

  const otherOf = (wid, server) => {
    const other = others.get(wid.toString());
    return other?.endsWith(`@${server}`) ? createWid(other) : undefined;
  };

  return {
    collection,
    pair,
    getCurrentLid: (wid) => (wid.isLid() ? wid : otherOf(wid, 'lid')),
    getPhoneNumber: (wid) => (wid.isLid() ? otherOf(wid, 'c.us') : wid),
    getAlternateUserWid: (wid) => otherOf(wid, wid.isLid() ? 'c.us' : 'lid'),
    /** Asks the server, and keeps what it says. */
    async exists(wid) {
      if (known.has(wid.toString())) return { wid };
      const answer = await connection.post('exists', { wid: wid.toString() });
      if (answer === null) return null;
      pair(answer.phoneNumber, answer.lid);
      known.add(wid.toString());
      return { wid };
    },
  };
}
