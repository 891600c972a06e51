import { describe, expect, it } from 'vitest';

import { SessionNotFoundError, StoreUnavailableError } from '../../src/domain/errors.ts';
import type { FeedEvent } from '../../src/domain/events.ts';
import type { SessionIntent } from '../../src/domain/session-intent.ts';
import type { Session } from '../../src/domain/session.ts';
import type { FeedListener } from '../../src/store/feed-listeners.ts';
import { LastKnownSessions } from '../../src/store/last-known-sessions.ts';
import { readSessionHash } from '../../src/store/session-hash.ts';
import { ANA, StoreFixture } from './store-fixture.ts';

/** A real record, as it was created. */
async function record(): Promise<Session> {
  const fixture = await StoreFixture.open();
  await fixture.store().create(ANA, { start: false, pairWith: undefined, metadata: {} });
  const fields = await fixture.redis.hgetall(fixture.keys.session('ana/sales'));
  await fixture.close();
  return readSessionHash(fields).session;
}

class FakeStore {
  outcome: Session | Error;
  now = 1_000;
  #hear: FeedListener = () => undefined;

  constructor(outcome: Session | Error) {
    this.outcome = outcome;
  }

  readonly feed = {
    listen: (listener: FeedListener) => {
      this.#hear = listener;
      return () => undefined;
    },
  };

  async get(): Promise<Session> {
    if (this.outcome instanceof Error) throw this.outcome;
    return this.outcome;
  }

  tell(event: FeedEvent): void {
    this.#hear(event);
  }
}

const INTENT: SessionIntent = {
  desired: 'running',
  intentSeq: 1,
  handledSeq: 0,
  restart: 0,
  reconnect: 0,
  logout: 0,
  pair: 0,
  evict: 0,
  rebind: 0,
  pairWith: null,
  erased: 0,
  owner: null,
  epoch: 0,
};
const AWAY = new StoreUnavailableError(new Error('as the test says'));

describe('what was last known of a session', () => {
  it('is told, with its age, while Redis is away', async () => {
    const session = await record();
    const store = new FakeStore(session);
    const known = new LastKnownSessions({ store, feed: store.feed, now: () => store.now });
    expect(await known.get(ANA)).toEqual({ kind: 'current', session });
    store.outcome = AWAY;
    store.now += 5_000;
    expect(await known.get(ANA)).toEqual({ kind: 'last_known', session, ageMs: 5_000 });
  });

  it('follows the stream, so that it need not have been read before', async () => {
    const session = await record();
    const store = new FakeStore(AWAY);
    const known = new LastKnownSessions({ store, feed: store.feed, now: () => store.now });
    await expect(known.get(ANA)).rejects.toBe(AWAY);
    store.tell({
      type: 'session.snapshot',
      position: '1-0',
      userId: 'ana',
      sessionId: session.id,
      session,
      event: 'test',
      intent: INTENT,
    });
    expect(await known.get(ANA)).toMatchObject({ kind: 'last_known', session });
    store.tell({ type: 'session.deleted', position: '2-0', userId: 'ana', sessionId: session.id, stillListed: false });
    await expect(known.get(ANA)).rejects.toBe(AWAY);
  });

  it('is never older than what was heard, though a read ends after it', async () => {
    const session = await record();
    const store = new FakeStore(session);
    const known = new LastKnownSessions({ store, feed: store.feed, now: () => store.now });
    const newer = { ...session, rev: session.rev + 1 };
    store.tell({
      type: 'session.snapshot',
      position: '1-0',
      userId: 'ana',
      sessionId: session.id,
      session: newer,
      event: 'test',
      intent: INTENT,
    });
    await known.get(ANA);
    store.outcome = AWAY;
    expect((await known.get(ANA)).session.rev).toBe(newer.rev);
  });

  it('is not told instead of another answer', async () => {
    const session = await record();
    const store = new FakeStore(session);
    const known = new LastKnownSessions({ store, feed: store.feed, now: () => store.now });
    await known.get(ANA);
    store.outcome = new SessionNotFoundError(ANA.id);
    await expect(known.get(ANA)).rejects.toBeInstanceOf(SessionNotFoundError);
  });

  it('is kept of as many as are to be remembered, the last seen', async () => {
    const session = await record();
    const store = new FakeStore(AWAY);
    const known = new LastKnownSessions({ store, feed: store.feed, now: () => store.now, remembered: 2 });
    for (const id of ['a', 'b', 'a', 'c']) {
      store.tell({
        type: 'session.snapshot',
        position: '1-0',
        userId: 'ana',
        sessionId: id,
        session: { ...session, id },
        event: 'test',
        intent: INTENT,
      });
    }
    await expect(known.get({ userId: 'ana', id: 'b' })).rejects.toBe(AWAY);
    for (const id of ['a', 'c']) expect((await known.get({ userId: 'ana', id })).session.id).toBe(id);
  });
});
