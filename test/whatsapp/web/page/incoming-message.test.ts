import { describe, expect, it } from 'vitest';
import { RecentIds, readMessage } from '../../../../src/whatsapp/web/page/incoming-message.ts';

const CHAT = '5215550002222@c.us';
const KEY = { fromMe: false, remote: CHAT, id: '3EB0AA', _serialized: `false_${CHAT}_3EB0AA` };
const TOLD = {
  id: KEY,
  from: CHAT,
  to: '5215550001111@c.us',
  type: 'chat',
  body: 'hello',
  timestamp: 1_795_514_400,
};
const READ = {
  id: `false_${CHAT}_3EB0AA`,
  waId: '3EB0AA',
  chatId: CHAT,
  from: CHAT,
  to: '5215550001111@c.us',
  fromMe: false,
  type: 'text',
  body: 'hello',
  timestamp: '2026-11-24T10:00:00.000Z',
  sender: { id: CHAT, lid: null, phoneNumber: '5215550002222' },
};

describe('A message that the page tells', () => {
  it('is read', () => {
    expect(readMessage(TOLD)).toEqual({ kind: 'read', value: READ });
  });

  it('has its id from the key’s own parts, whatever the page calls the whole', () => {
    const { _serialized: whole, ...parts } = KEY;
    expect(readMessage({ ...TOLD, id: { ...parts, $1: whole } })).toEqual({ kind: 'read', value: READ });
  });

  it('has the sender in its id where it is of a group', () => {
    const group = '5215550002222-1600000000@g.us';
    const id = { fromMe: false, remote: { _serialized: group }, id: '3EB0AB', participant: { _serialized: CHAT } };
    expect(readMessage({ ...TOLD, id, from: group, author: CHAT })).toMatchObject({
      value: { id: `false_${group}_3EB0AB_${CHAT}`, chatId: group, author: CHAT },
    });
  });

  it.each([
    [{ id: undefined }, 'a message without id, chat'],
    [{ id: { ...KEY, id: undefined } }, 'a message without id'],
    [{ id: { ...KEY, remote: { user: '1' } } }, 'a message without id, chat'],
    [{ from: undefined, timestamp: 'soon' }, 'a message without from, timestamp'],
    [{ body: { text: 'hello' }, type: 7 }, 'a message without type, body'],
    [{ timestamp: Number.NaN }, 'a message without timestamp'],
  ])('is unreadable with %j, and says what is missing and nothing of what it holds', (change, why) => {
    expect(readMessage({ ...TOLD, ...change })).toEqual({ kind: 'unreadable', why });
  });

  it('is not passed on beyond WhatsApp’s own limit', () => {
    const read = readMessage({ ...TOLD, body: 'x'.repeat(70_000) });
    expect(read.kind === 'read' && read.value.body.length).toBe(65_536);
  });
});

describe('Ids seen lately', () => {
  it('are known once they were added, until many others came', () => {
    const seen = new RecentIds(2);
    expect([seen.add('a'), seen.add('a'), seen.add('b'), seen.add('c'), seen.add('a')]).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
  });
});
