/**
 * Hears the page's own list of messages from the moment on at which the page has it, before anything is synced, and
 * keeps what it heard in a ring until it is confirmed. A handler never throws into the page.
 */
export const LISTENER = String.raw`
  const LONGEST_BODY = 65536;
  const RING_ITEMS = 10000;
  const RING_CHARACTERS = 16e6;
  /** Of one answer: far below what the line to the browser takes, whatever the characters are. */
  const ANSWER_CHARACTERS = 1e6;
  const TYPES = {
    chat: 'text', image: 'image', video: 'video', audio: 'audio', ptt: 'voice', document: 'document', sticker: 'sticker',
    location: 'location', live_location: 'location', vcard: 'contact', multi_vcard: 'contact', poll_creation: 'poll',
  };
  const FILES = new Set(['image', 'video', 'audio', 'ptt', 'document', 'sticker']);
  /** Notes of the page to itself. */
  const SILENT = /^(e2e_notification|notification|notification_template|gp2|broadcast_notification|call_log|protocol|reaction|poll_update|pinned_message|keep_in_chat|debug|newsletter_notification|revoked|ciphertext)$/;

  const bodyOf = (row) => {
    const said = FILES.has(row.type) ? row.caption : row.type === 'poll_creation' ? row.pollName
      : TYPES[row.type] === 'location' ? row.loc : row.body;
    return typeof said === 'string' ? said.slice(0, LONGEST_BODY) : '';
  };
  const hex = (base64) => {
    try {
      return [...atob(base64)].map((one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');
    } catch {
      return undefined;
    }
  };
  const mediaOf = (row) => {
    const media = { mimetype: String(row.mimetype ?? 'application/octet-stream'), size: Number(row.size) || 0 };
    if (typeof row.filename === 'string' && row.filename !== '') media.filename = row.filename;
    const sha256 = typeof row.filehash === 'string' ? hex(row.filehash) : undefined;
    if (sha256) media.sha256 = sha256;
    return media;
  };
  /** A row as a message, or what it lacks. */
  const messageOf = (row) => {
    const key = row.id;
    const id = keyText(key);
    const chatId = wid(key?.remote);
    const from = wid(row.from);
    const to = wid(row.to);
    const lacks = [];
    if (id === null) lacks.push('a key');
    if (from === null || to === null) lacks.push('a sender or a receiver');
    if (typeof row.t !== 'number' || !Number.isFinite(row.t)) lacks.push('a time');
    if (typeof row.type !== 'string') lacks.push('a type');
    if (lacks.length > 0) return { kind: 'unreadable', why: 'a message without ' + lacks.join(', ') };
    const isGroup = chatId.endsWith('@g.us');
    const author = isGroup ? wid(row.author) ?? wid(key.participant) : null;
    const message = {
      id, waId: key.id, chatId, from, to, fromMe: key.fromMe, type: TYPES[row.type] ?? 'other', body: bodyOf(row),
      timestamp: iso(row.t * 1000), sender: personOf(author ?? from),
    };
    if (author !== null) message.author = author;
    if (typeof row.quotedStanzaID === 'string' && row.quotedStanzaID !== '') message.quotedId = row.quotedStanzaID;
    const mentions = Array.isArray(row.mentionedJidList) ? row.mentionedJidList.map(wid).filter((one) => one !== null) : [];
    if (mentions.length > 0) message.mentions = mentions;
    if (FILES.has(row.type)) message.media = mediaOf(row);
    return { kind: 'message', message };
  };
  const isTold = (row) => !SILENT.test(String(row.type)) && wid(row.id?.remote) !== 'status@broadcast';

  // Numbers go on over documents, so that what was confirmed of one says nothing of the next.
  const ring = { items: [], characters: 0, last: Date.now() * 1000, overflowed: 0, isRung: false };
  const ringBell = () => {
    if (ring.isRung || typeof window.supervisorBell !== 'function') return;
    ring.isRung = true;
    Promise.resolve(window.supervisorBell()).catch(() => {});
  };
  const sizeOf = (item) => 300 + (item.message?.body.length ?? item.text?.length ?? 0);
  const tell = (item) => {
    ring.last += 1;
    const size = sizeOf(item);
    ring.items.push({ number: ring.last, size, item });
    ring.characters += size;
    while (ring.items.length > RING_ITEMS || ring.characters > RING_CHARACTERS) {
      ring.characters -= ring.items.shift().size;
      ring.overflowed += 1;
    }
    ringBell();
  };
  const pull = ({ confirm, limit }) => {
    while (confirm !== null && ring.items.length > 0 && ring.items[0].number <= confirm) ring.characters -= ring.items.shift().size;
    const given = [];
    let size = 0;
    for (const one of ring.items) {
      size += one.size;
      if (given.length >= limit || (given.length > 0 && size > ANSWER_CHARACTERS)) break;
      given.push(one);
    }
    const { overflowed } = ring;
    ring.overflowed = 0;
    ring.isRung = false;
    if (given.length < ring.items.length) ringBell();
    return { items: given.map(({ item }) => item), upTo: given.at(-1)?.number ?? confirm ?? 0, overflowed };
  };

  const told = new WeakSet();
  const tellRow = (row) => {
    if (told.has(row)) return;
    told.add(row);
    tell(messageOf(row));
  };
  const hear = (what, handler) => (...args) => {
    try {
      handler(...args);
    } catch {
      tell({ kind: 'unreadable', why: what + ' of another shape' });
    }
  };
  const onAdd = (row) => {
    noteOwn(row);
    if (row.isNewMsg !== true) return;
    // Undecryptable as yet: it is told once it can be read.
    if (row.type === 'ciphertext') row.once?.('change:type', hear('a message', () => isTold(row) && tellRow(row)));
    // What was sent from here is no news. Its acks are.
    else if (isTold(row) && !sent.has(row.id?.id)) tellRow(row);
  };
  const onAck = (row, ack) => {
    if (row.id?.fromMe === true && Number.isInteger(ack) && ack >= -1 && ack <= 4) tell({ kind: 'ack', waId: row.id.id, ack });
  };
  const about = (key) => ({ id: keyText(key), waId: key.id, chatId: wid(key.remote) });
  const onText = (row, now, before) => {
    if (typeof now !== 'string' || typeof before !== 'string' || !isTold(row) || now === before) return;
    // The body of a file is its picture in small.
    if (FILES.has(row.type) && now !== row.caption) return;
    tell({ kind: 'edited', ...about(row.id), text: now.slice(0, LONGEST_BODY), at: iso(row.latestEditSenderTimestampMs || Date.now()) });
  };
  const onType = (row, type) => {
    if (type !== 'revoked') return;
    const by = wid(row.revokeSender) ?? wid(row.author) ?? wid(row.from);
    tell({ kind: 'revoked', ...about(row.protocolMessageKey ?? row.id), by, at: iso(Date.now()) });
  };
  const onReaction = (reaction) => {
    const from = wid(reaction.author) ?? wid(reaction.from);
    const emoji = typeof reaction.reactionText === 'string' ? reaction.reactionText : '';
    const at = Number(reaction.reactionTimestamp) || Date.now();
    tell({ kind: 'reaction', ...about(reaction.reactionParentKey), from, emoji, at: iso(at) });
  };
  const calls = new Set();
  const onCall = (call) => {
    if (call.outgoing === true || calls.has(call.id)) return;
    calls.add(call.id);
    const at = typeof call.offerTime === 'number' ? call.offerTime * 1000 : Date.now();
    tell({ kind: 'call', id: String(call.id), from: wid(call.peerJid), isVideo: call.isVideo === true, isGroup: call.isGroup === true, at: iso(at) });
  };

  const listensTo = new Set();
  const listen = (name, start) => {
    try {
      start();
      listensTo.add(name);
    } catch {}
  };
  /** Ids that were sent from here, in this document. */
  const sent = new Set();
  listen('messages', () => {
    const { Msg } = collections();
    Msg.on('add', hear('a message', onAdd));
    Msg.on('change:ack', hear('an ack', onAck));
    Msg.on('change:body change:caption', hear('an edit', onText));
    Msg.on('change:type', hear('a revocation', onType));
    Msg.on('remove', (row) => { if (row?.id?.fromMe === true) own.delete(row.id.id); });
    // What came before anybody could listen.
    for (const row of rows()) hear('a message', onAdd)(row);
  });
  listen('reactions', () => {
    const table = need('WAWebAddonReactionTableMode').reactionTableMode;
    const upsert = table.bulkUpsert;
    table.bulkUpsert = function (reactions, ...rest) {
      for (const reaction of Array.isArray(reactions) ? reactions : []) hear('a reaction', onReaction)(reaction);
      return upsert.call(this, reactions, ...rest);
    };
  });
  listen('calls', () => {
    const collection = need('WAWebCallCollection');
    const known = Object.values(collection).find((value) => value instanceof Map);
    const set = known.set;
    known.set = function (id, call) {
      hear('a call', onCall)(call);
      return set.call(this, id, call);
    };
  });

  // A second may hold many: within it the page's own numbers say what came first, where its rows have them.
  const byArrival = (one, other) =>
    one.t - other.t || (Number.isFinite(one.rowId) && Number.isFinite(other.rowId) ? one.rowId - other.rowId : 0);
  const recent = ({ since, limit }) => {
    const items = [];
    let size = 0;
    const fitting = rows().filter((row) => row.t * 1000 >= since && isTold(row)).sort(byArrival);
    for (const row of fitting) {
      const item = messageOf(row);
      if (item.kind !== 'message') continue;
      size += sizeOf(item);
      if (items.length >= limit || (items.length > 0 && size > 4 * ANSWER_CHARACTERS)) break;
      items.push(item.message);
    }
    return { kind: 'listed', items };
  };
`;
