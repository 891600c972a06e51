/**
 * What all page functions say things with: the page's modules, ids made of their own parts (the page renames what it
 * serialises them to), rows of its list of messages. Run inside the function of `install-script.ts`; nothing in it may
 * contain a backtick, or rest on a name that a compiler gives.
 */
export const PAGE_WORDS = String.raw`
  const need = (name) => window.require(name);
  const has = (name) => { try { return need(name) ?? null; } catch { return null; } };
  const collections = () => need('WAWebCollections');
  const makeWid = (id) => need('WAWebWidFactory').createWid(id);
  /** The id of a chat or a person as one text, or null. */
  const wid = (id) => {
    if (typeof id === 'string') return id === '' ? null : id;
    if (typeof id !== 'object' || id === null) return null;
    if (typeof id.user === 'string' && typeof id.server === 'string') return id.user + '@' + id.server;
    return typeof id._serialized === 'string' ? id._serialized : null;
  };
  /** A message's key as one text, made of its parts. */
  const keyText = (key) => {
    const chat = wid(key?.remote);
    if (typeof key?.fromMe !== 'boolean' || chat === null || typeof key.id !== 'string' || key.id === '') return null;
    const sender = wid(key.participant);
    return key.fromMe + '_' + chat + '_' + key.id + (sender === null ? '' : '_' + sender);
  };
  const addressOf = (to) => (to.includes('@') ? to : to.replace(/\D/g, '') + '@c.us');
  const iso = (ms) => new Date(ms).toISOString();
  const within = (ms, promise) => {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('it took too long')), ms); });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  };

  /** Both ids of a person, as far as WhatsApp tells. */
  const personOf = (id) => {
    const text = wid(id);
    const person = { id: text, lid: null, phoneNumber: null };
    if (text === null) return person;
    if (text.endsWith('@lid')) person.lid = text;
    if (text.endsWith('@c.us')) person.phoneNumber = text.split('@')[0];
    if (person.lid === null && person.phoneNumber === null) return person;
    try {
      const contacts = need('WAWebApiContact');
      const whole = makeWid(text);
      if (person.lid === null) person.lid = wid(contacts.getCurrentLid(whole));
      else person.phoneNumber = wid(contacts.getPhoneNumber(whole))?.split('@')[0] ?? null;
    } catch {}
    return person;
  };

  const OWN_ROWS = 20000;
  /** Rows that this account wrote, by the stanza's id. */
  const own = new Map();
  const noteOwn = (row) => {
    if (row?.id?.fromMe !== true) return;
    own.set(row.id.id, row);
    if (own.size > OWN_ROWS) own.delete(own.keys().next().value);
  };
  const rows = () => collections().Msg.getModelsArray();
  const ownRow = (waId) => own.get(waId) ?? rows().find((row) => row.id?.fromMe === true && row.id.id === waId) ?? null;
  /** A row by its key or by the stanza's id; looks into the page's storage too where it can. */
  const rowOf = async (messageId) => {
    const isWhole = /^(true|false)_/.test(messageId);
    const waId = isWhole ? messageId.split('_')[2] : messageId;
    const fits = (row) => (isWhole ? keyText(row.id) === messageId : row.id?.id === waId);
    const mine = own.get(waId);
    if (mine !== undefined && fits(mine)) return mine;
    const { Msg } = collections();
    const found = (isWhole ? Msg.get(messageId) : undefined) ?? rows().find(fits);
    if (found !== undefined || !isWhole) return found ?? null;
    const stored = await within(5000, Msg.getMessagesById([messageId])).catch(() => null);
    return stored?.messages?.[0] ?? null;
  };
  /** A chat, made where there is none yet. */
  const chatOf = async (chatId) => {
    const id = makeWid(chatId);
    return collections().Chat.get(id) ?? (await within(10000, need('WAWebFindChatAction').findOrCreateLatestChat(id)))?.chat ?? null;
  };
`;
