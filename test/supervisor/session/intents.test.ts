import { describe, expect, it } from 'vitest';

import type { SessionIntent } from '../../../src/domain/session-intent.ts';
import { intentsSince } from '../../../src/supervisor/session/intents.ts';

const NOTHING: SessionIntent = {
  desired: 'running',
  intentSeq: 9,
  handledSeq: 5,
  owner: null,
  epoch: 1,
  erased: 0,
  restart: 0,
  reconnect: 0,
  logout: 0,
  pair: 0,
  evict: 0,
  rebind: 0,
  pairWith: null,
};
const typesOf = (over: Partial<SessionIntent>) => intentsSince({ ...NOTHING, ...over }, 5).map(({ type }) => type);

describe('What was asked of a session since it last acted', () => {
  it('is a start where it is to run', () => {
    expect(typesOf({})).toEqual(['session.start']);
  });

  it('is a stop where it is not, or that it makes room for another', () => {
    expect(typesOf({ desired: 'stopped' })).toEqual(['session.stop']);
    expect(typesOf({ desired: 'stopped', evict: 6 })).toEqual(['session.evict']);
  });

  it('begins with a new browser when that was asked for, and a reconnect asked for beside it is part of that', () => {
    expect(typesOf({ restart: 7, reconnect: 8 })).toEqual(['session.restart', 'session.start']);
    expect(typesOf({ reconnect: 8 })).toEqual(['session.reconnect', 'session.start']);
  });

  it('names the phone that a code is for, before the start that shows it', () => {
    expect(intentsSince({ ...NOTHING, pair: 8, pairWith: '5215550001111' }, 5)).toEqual([
      { type: 'session.pair', phoneNumber: '5215550001111' },
      { type: 'session.start' },
    ]);
  });

  it('leaves out what was acted upon before', () => {
    expect(typesOf({ restart: 5, reconnect: 4, pair: 5, pairWith: '5215550001111' })).toEqual(['session.start']);
    expect(typesOf({ desired: 'stopped', evict: 5 })).toEqual(['session.stop']);
  });
});
