import { describe, expect, it } from 'vitest';
import { LOSS_BY_STATE } from '../../../../src/whatsapp/web/loss-causes.ts';
import { readAccount, strangeCode, strangeState } from '../../../../src/whatsapp/web/page/reading.ts';

describe('What the page tells of itself', () => {
  it('has every state for which something follows', () => {
    // LOGOUT is no state, but a reason that the library gives.
    for (const state of Object.keys(LOSS_BY_STATE).filter((one) => one !== 'LOGOUT'))
      expect(strangeState(state)).toBeNull();
    for (const state of ['OPENING', 'PAIRING', 'CONNECTED', 'TIMEOUT']) expect(strangeState(state)).toBeNull();
  });

  it('may be a state that nobody knows, which is named when it is a word', () => {
    expect(strangeState('HIBERNATING')).toBe('the unknown state HIBERNATING');
    expect(strangeState('521 555 0001111')).toBe('a state that is no word');
  });

  it('is a QR code only with all its keys; its reference may come a moment later', () => {
    expect(strangeCode('2@ref,a,b,c,d')).toBeNull();
    expect(strangeCode('undefined,a,b,c,d')).toBeNull();
    expect(strangeCode('2@ref,a,undefined,c,d')).toBe('a QR code without its keys');
    expect(strangeCode('2@ref')).toBe('a QR code without its keys');
  });

  it('is an account when it names a number', () => {
    const value = { phoneNumber: '5215550001111', displayName: 'Ana' };
    expect(readAccount({ wid: { user: '5215550001111' }, pushname: 'Ana' })).toEqual({ kind: 'read', value });
    expect(readAccount({ wid: { _serialized: '5215550001111@c.us' }, pushname: 'Ana' })).toEqual({
      kind: 'read',
      value,
    });
    expect(readAccount({ wid: { user: '1234567' }, pushname: undefined })).toMatchObject({
      value: { displayName: null },
    });
    for (const info of [undefined, null, {}, { wid: null }, { wid: { user: 5 } }, { wid: { user: '' } }])
      expect(readAccount(info)).toEqual({ kind: 'unreadable', why: 'an account without a number' });
  });
});
