import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sessionKey, type SessionAddress } from '../../src/domain/session.ts';
import { RESTING_STATES } from '../../src/store/resting-states.ts';
import { renumberQueue } from '../../src/queue/scripts/renumber-queue.ts';
import { EMPTY_DETAIL } from '../../src/store/session-hash.ts';
import { ANA, request, snapshot, StoreFixture } from '../store/store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const interrupted = () => `${fixture.keys.prefix}:test:wait`;
const placed = () => `${fixture.keys.prefix}:test:prioritized`;
const other: SessionAddress = { userId: 'bo', id: 'other' };

async function queue(...addresses: readonly SessionAddress[]): Promise<void> {
  for (const address of addresses) {
    await request(fixture.store(), address, 'create_and_start');
    await fixture.redis.zadd(placed(), await fixture.redis.zcard(placed()), sessionKey(address));
  }
}

async function renumber(chunk = 100, whom: 'all' | 'new' = 'all'): Promise<number[]> {
  const seen: number[] = [];
  do {
    const { events, wholeness } = fixture.keys;
    const keys = { interrupted: interrupted(), placed: placed(), events, wholeness };
    const [found] = await renumberQueue.run(fixture.redis, keys, {
      sessionPrefix: fixture.keys.session(''),
      eventsPrefix: fixture.keys.eventsOf(''),
      queued: RESTING_STATES.queued.value,
      skipped: seen.length * chunk,
      count: chunk,
      whom,
    });
    seen.push(found);
  } while (seen.at(-1) === chunk);
  return seen;
}

const positionOf = async (address: SessionAddress) => (await fixture.find(address)).session.queue?.position ?? null;
const moves = async () => (await fixture.events()).filter(({ fields }) => fields['event'] === 'queue.moved');

describe('A session that waits in the queue', () => {
  it('shows its position, with one rev, one event and no transition', async () => {
    await queue(other, ANA);
    const before = await fixture.find(ANA);
    await renumber();
    const { session } = await fixture.find(ANA);
    expect(session).toEqual({
      ...before.session,
      queue: { position: 2, heldBy: null },
      rev: before.session.rev + 1,
      updatedAt: session.updatedAt,
    });
    expect((await fixture.store().history(ANA, 10)).items).toHaveLength(1);
    expect(await moves()).toHaveLength(2);
  });

  it('is told nothing new while it stays where it is', async () => {
    await queue(other, ANA);
    await renumber();
    const before = await fixture.contents();
    await renumber();
    expect(await fixture.contents()).toEqual(before);
  });

  it('moves up when one before it goes, and counts those who were interrupted as before it', async () => {
    await queue(other, ANA);
    await renumber();
    await fixture.redis.zrem(placed(), sessionKey(other));
    await renumber();
    expect(await positionOf(ANA)).toBe(1);
    await fixture.redis.rpush(interrupted(), 'cy/second', 'cy/first');
    await renumber();
    expect(await positionOf(ANA)).toBe(3);
  });

  it('has its true position in a queue that is looked at in pieces of any size', async () => {
    const ids = Array.from({ length: 9 }, (_, index) => ({ userId: 'ana', id: `s${index}` }));
    await queue(...ids);
    for (const { id } of ids.slice(0, 4)) await fixture.redis.zrem(placed(), `ana/${id}`);
    for (const { id } of ids.slice(0, 4)) await fixture.redis.lpush(interrupted(), `ana/${id}`);
    for (const chunk of [1, 2, 3, 4, 5, 9, 10]) {
      await fixture.redis.lpush(interrupted(), `gone/${chunk}`);
      await renumber(chunk);
      expect(await Promise.all(ids.slice(0, 4).map(positionOf))).toEqual([1, 2, 3, 4]);
      const gone = await fixture.redis.llen(interrupted());
      expect(await Promise.all(ids.slice(4).map(positionOf))).toEqual(
        [1, 2, 3, 4, 5].map((position) => position + gone),
      );
    }
  });

  it('is told nothing where only new ones are asked for, unless it is one', async () => {
    await queue(ANA);
    await renumber();
    await fixture.redis.rpush(interrupted(), 'cy/first');
    await queue(other);
    await renumber(100, 'new');
    expect([await positionOf(ANA), await positionOf(other)]).toEqual([1, 3]);
  });

  it('keeps everything else that is known of it, whatever it says', async () => {
    const lastError = {
      code: 'INTERNAL',
      message: '"queue":{"position":7} "queue":null %1 \\ "é',
      at: new Date(0).toISOString(),
    };
    await request(fixture.store(), ANA, 'create_and_start');
    const { ownership } = await fixture.claim(ANA);
    const held = { position: 4, heldBy: 'breaker' as const };
    const detail = { ...EMPTY_DETAIL, phoneNumber: '5215550001111', restarts: 3, lastError };
    await ownership.persist(snapshot({ ...RESTING_STATES.queued, detail, queue: held, handledSeq: 1 }));
    await ownership.release(1);
    await fixture.redis.zadd(placed(), 0, sessionKey(ANA));
    for (const position of [1, 2]) {
      await renumber();
      expect((await fixture.find(ANA)).session).toMatchObject({ ...detail, queue: { position, heldBy: null } });
      await fixture.redis.rpush(interrupted(), `one/${position}`);
    }
    await fixture.claim(ANA);
    expect((await fixture.find(ANA)).session).toMatchObject(detail);
  });
});

describe('A record of the former version, which has its position inside the detail', () => {
  beforeEach(async () => {
    await queue(ANA);
    const key = fixture.keys.session(sessionKey(ANA));
    await fixture.redis.hdel(key, 'queuePosition', 'queueHeldBy');
    await fixture.redis.hset(key, 'detail', JSON.stringify({ ...EMPTY_DETAIL, queue: { position: 7, heldBy: null } }));
  });

  it('shows it, and its new one once the queue is numbered again', async () => {
    expect(await positionOf(ANA)).toBe(7);
    await renumber();
    expect(await positionOf(ANA)).toBe(1);
  });

  it('shows none when it is stopped or claimed', async () => {
    await request(fixture.store(), ANA, 'stop');
    expect(await positionOf(ANA)).toBeNull();
    await request(fixture.store(), ANA, 'start');
    expect(await positionOf(ANA)).toBeNull();
    await fixture.claim(ANA);
    expect(await positionOf(ANA)).toBeNull();
  });
});

describe('A session shows no position any more', () => {
  it('as soon as a node has claimed it, and none is given to it again', async () => {
    await queue(ANA);
    await renumber();
    await fixture.claim(ANA);
    expect(await positionOf(ANA)).toBeNull();
    const before = await fixture.contents();
    await renumber();
    expect(await fixture.contents()).toEqual(before);
  });

  it.each(['stop', 'logout', 'delete'] as const)(
    'as soon as it is asked to %s, and none is given to it again',
    async (action) => {
      await queue(ANA);
      await renumber();
      await request(fixture.store(), ANA, action);
      expect(await positionOf(ANA)).toBeNull();
      await renumber();
      expect(await positionOf(ANA)).toBeNull();
    },
  );

  it('when it is evicted', async () => {
    await queue(ANA);
    await renumber();
    const store = fixture.store({ maxSessionsPerUser: 1, userLimitPolicy: 'evict-oldest' });
    await request(store, { userId: 'ana', id: 'second' }, 'create_and_start');
    expect((await fixture.find(ANA)).session).toMatchObject({ reason: 'evicted', queue: null });
  });

  it('but keeps it when it is started again while it waits', async () => {
    await queue(other, ANA);
    await renumber();
    for (const action of ['start', 'restart', 'reconnect'] as const) await request(fixture.store(), ANA, action);
    expect(await positionOf(ANA)).toBe(2);
  });
});

it('A queue of a thousand is numbered in steps that hold Redis up for a moment each', async () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => ({ userId: `user-${index}`, id: 'a' }));
  const store = fixture.store({ maxSessions: 1_000 });
  await Promise.all(ids.map((address) => request(store, address, 'create_and_start')));
  await fixture.redis.zadd(placed(), ...ids.flatMap((address, index) => [index, sessionKey(address)]));
  expect(await renumber()).toEqual([...Array.from({ length: 10 }, () => 100), 0]);
  expect(await moves()).toHaveLength(1_000);
  expect(await positionOf({ userId: 'user-999', id: 'a' })).toBe(1_000);
});
