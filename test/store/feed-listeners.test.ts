import { describe, expect, it } from 'vitest';

import type { FeedEvent } from '../../src/domain/events.ts';
import { FeedListeners, type FeedScope } from '../../src/store/feed-listeners.ts';

const deleted = (userId: string, sessionId: string): FeedEvent => ({
  type: 'session.deleted',
  position: '1-0',
  userId,
  sessionId,
  stillListed: false,
});
const never = (error: unknown): never => {
  throw error;
};

/** Who was told, by name, in the order in which they were. */
function toldOf(scopes: Readonly<Record<string, FeedScope>>, event: FeedEvent): string[] {
  const listeners = new FeedListeners();
  const told: string[] = [];
  for (const [name, scope] of Object.entries(scopes)) listeners.add(() => told.push(name), scope);
  listeners.tell(event, never);
  return told;
}

const SCOPES = {
  'sales of ana': { kind: 'session', userId: 'ana', sessionId: 'sales' },
  'support of ana': { kind: 'session', userId: 'ana', sessionId: 'support' },
  'sales of ben': { kind: 'session', userId: 'ben', sessionId: 'sales' },
  'all of ana': { kind: 'user', userId: 'ana' },
  'all of ben': { kind: 'user', userId: 'ben' },
  everybody: { kind: 'all' },
} as const satisfies Record<string, FeedScope>;

describe('Listeners of a feed', () => {
  it('are told what is within their scope and nothing of anybody else, those to all first', () => {
    expect(toldOf(SCOPES, deleted('ana', 'sales'))).toEqual(['everybody', 'all of ana', 'sales of ana']);
  });

  it('do not take one user and session for another whose names read the same when joined', () => {
    const scopes = { other: { kind: 'session', userId: 'a/b', sessionId: 'c' } } as const;
    expect(toldOf(scopes, deleted('a', 'b/c'))).toEqual([]);
    expect(toldOf(scopes, deleted('a/b', 'c'))).toEqual(['other']);
  });

  it('are told of a later event though one of the same session has left and another come', () => {
    const listeners = new FeedListeners();
    const told: string[] = [];
    const leave = listeners.add(() => told.push('first'), SCOPES['sales of ana']);
    leave();
    listeners.add(() => told.push('second'), SCOPES['sales of ana']);
    leave();
    listeners.tell(deleted('ana', 'sales'), never);
    expect(told).toEqual(['second']);
  });

  it('hear all the same where one before them throws', () => {
    const listeners = new FeedListeners();
    const told: string[] = [];
    const errors: unknown[] = [];
    listeners.add(() => never(new Error('listener')), SCOPES['sales of ana']);
    listeners.add(() => told.push('second'), SCOPES['sales of ana']);
    listeners.tell(deleted('ana', 'sales'), (error) => errors.push(error));
    expect(told).toEqual(['second']);
    expect(errors).toEqual([new Error('listener')]);
  });

  it('are all gone after a clearing', () => {
    const listeners = new FeedListeners();
    const told: string[] = [];
    for (const [name, scope] of Object.entries(SCOPES)) listeners.add(() => told.push(name), scope);
    listeners.clear();
    listeners.tell(deleted('ana', 'sales'), never);
    expect(told).toEqual([]);
  });
});
