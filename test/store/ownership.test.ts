import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sessionKey } from '../../src/domain/session.ts';
import { ANA, request, settledSnapshot, snapshot, StoreFixture } from './store-fixture.ts';

let world: StoreFixture;
beforeAll(async () => {
  world = await StoreFixture.open();
});
beforeEach(async () => {
  world.renew();
  await request(world.store(), ANA, 'create_and_start');
});
afterAll(() => world.close());

const KEY = sessionKey(ANA);
const isActive = async () => (await world.redis.zscore(world.keys.active, KEY)) !== null;
const hasChore = async () => (await world.redis.sismember(world.keys.pendingErasures, KEY)) === 1;

describe('Persisting', () => {
  it('writes record, history and event as one, and returns the new rev', async () => {
    const { ownership } = await world.claim(ANA);
    world.now += 2_500;
    const rev = await ownership.persist(
      snapshot({ value: 'authenticating.launching', tags: ['busy'], event: 'claimed', handledSeq: 1 }),
    );
    const { session, intent } = await world.find(ANA);
    expect(session).toMatchObject({
      rev,
      value: 'authenticating.launching',
      state: 'authenticating',
      tags: ['busy'],
      reason: null,
      nodeId: 'n1',
    });
    expect(intent.handledSeq).toBe(1);
    expect((await world.events()).at(-1)?.fields).toEqual({
      type: 'session.snapshot',
      event: 'claimed',
      ...(await world.fields(KEY)),
    });
    expect((await world.store().history(ANA, 1)).items).toEqual([
      {
        rev,
        at: session.since,
        from: 'disconnected.queued',
        to: 'authenticating.launching',
        event: 'claimed',
        reason: null,
        durationMs: 2_500,
        nodeId: 'n1',
      },
    ]);
  });

  it('goes on counting the rev by one over nodes', async () => {
    const first = await world.claim(ANA, 'n1');
    const one = await first.ownership.persist(snapshot({ value: 'authenticating.launching' }));
    const second = await world.claim(ANA, 'n2');
    expect(await second.ownership.persist(snapshot())).toBe(one + 1);
    expect((await request(world.store(), ANA, 'restart')).session.rev).toBe(one + 2);
  });

  it('writes a numbered snapshot once, though it is sent again because its answer got lost', async () => {
    const { ownership } = await world.claim(ANA);
    const rev = await ownership.persist(snapshot(), 1);
    const told = (await world.events()).length;
    expect(await ownership.persist(snapshot(), 1)).toBe(rev);
    expect((await world.events()).length).toBe(told);
    expect(await ownership.persist(snapshot({ event: 'client.probe' }), 2)).toBe(rev + 1);
    const next = await world.claim(ANA, 'n2');
    expect(await next.ownership.persist(snapshot({ event: 'claimed' }), 1)).toBe(rev + 2);
  });

  it('emits without a history entry where the state stays', async () => {
    const { ownership } = await world.claim(ANA);
    await ownership.persist(snapshot());
    const [{ since }, history] = [(await world.find(ANA)).session, await world.store().history(ANA, 10)];
    world.now += 1_000;
    const rev = await ownership.persist(snapshot({ event: 'client.probe' }));
    expect(await world.store().history(ANA, 10)).toEqual(history);
    expect((await world.find(ANA)).session).toMatchObject({ rev, since });
  });

  it('counts a state that began in the future of this clock as zero long', async () => {
    const { ownership } = await world.claim(ANA);
    world.now -= 60_000;
    await ownership.persist(snapshot());
    expect((await world.store().history(ANA, 1)).items[0]?.durationMs).toBe(0);
  });

  it('of a settled state ends its counting as running', async () => {
    const { ownership } = await world.claim(ANA);
    await ownership.persist(settledSnapshot('disconnected.qr_expired', 'qr_expired', 1));
    expect(await isActive()).toBe(false);
    expect(await world.redis.exists(world.keys.activeOf(ANA.userId))).toBe(0);
  });

  it('of a settled state leaves it running when something newer is wanted', async () => {
    const { ownership } = await world.claim(ANA);
    await request(world.store(), ANA, 'restart');
    await ownership.persist(settledSnapshot('disconnected.qr_expired', 'qr_expired', 1));
    expect(await isActive()).toBe(true);
  });

  it('of activity moves the session to the end of the order, and of none does not', async () => {
    const { ownership } = await world.claim(ANA);
    const start = world.now;
    world.now += 1_000;
    await ownership.persist(snapshot());
    expect(await world.redis.zscore(world.keys.active, KEY)).toBe(String(start));
    await ownership.persist(snapshot({ activity: 'active' }));
    expect(await world.redis.zscore(world.keys.active, KEY)).toBe(String(world.now));
    expect(await world.redis.zscore(world.keys.activeOf(ANA.userId), KEY)).toBe(String(world.now));
  });

  it('of activity does not count a session as running again that was asked to stop', async () => {
    const { ownership } = await world.claim(ANA);
    await request(world.store(), ANA, 'stop');
    await ownership.persist(snapshot({ activity: 'active' }));
    expect(await isActive()).toBe(false);
  });
});

describe('The chore of a logout', () => {
  it('is done once the owner says that the login is erased', async () => {
    const { ownership } = await world.claim(ANA);
    const { intentSeq: seq } = await request(world.store(), ANA, 'logout');
    await ownership.persist({ ...settledSnapshot('disconnected.logged_out', 'logged_out', seq), erased: seq });
    expect(await hasChore()).toBe(false);
    expect((await world.find(ANA)).intent.erased).toBe(seq);
  });

  it('remains while the login is not erased', async () => {
    const { ownership } = await world.claim(ANA);
    const { intentSeq: seq } = await request(world.store(), ANA, 'logout');
    await ownership.persist(snapshot({ handledSeq: seq }));
    expect(await hasChore()).toBe(true);
  });

  it('remains when another logout was asked for while the former one was carried out', async () => {
    const { ownership } = await world.claim(ANA);
    const { intentSeq: seq } = await request(world.store(), ANA, 'logout');
    await request(world.store(), ANA, 'start');
    await request(world.store(), ANA, 'logout');
    await ownership.persist(snapshot({ value: 'disconnected.logged_out', handledSeq: seq, erased: seq }));
    expect(await hasChore()).toBe(true);
  });

  it('remains for a deletion that followed the logout', async () => {
    const { ownership } = await world.claim(ANA);
    const { intentSeq: seq } = await request(world.store(), ANA, 'logout');
    await request(world.store(), ANA, 'delete');
    await ownership.persist(snapshot({ value: 'disconnected.logged_out', handledSeq: seq, erased: seq }));
    expect(await hasChore()).toBe(true);
  });
});

describe('Releasing', () => {
  it('leaves the session without an owner, and names the node that ran it last', async () => {
    const { ownership } = await world.claim(ANA);
    expect(await ownership.release(1)).toBe('released');
    expect(await world.find(ANA)).toMatchObject({ intent: { owner: null }, session: { nodeId: 'n1' } });
  });

  it('keeps a session of which something newer was asked', async () => {
    const { ownership } = await world.claim(ANA);
    await request(world.store(), ANA, 'stop');
    await request(world.store(), ANA, 'start');
    expect(await ownership.release(1)).toBe('wanted');
    expect((await world.find(ANA)).intent.owner).toBe('n1');
    expect(await ownership.release(3)).toBe('released');
  });

  it('racing a request never loses it: it is released before, and queued, or kept', async () => {
    for (let round = 0; round < 50; round += 1) {
      const address = { userId: 'ana', id: `round-${round}` };
      await request(world.store({ maxSessionsPerUser: 1_000, maxSessions: 1_000 }), address, 'create_and_start');
      const { ownership } = await world.claim(address);
      await ownership.persist(settledSnapshot('disconnected.qr_expired', 'qr_expired', 1));
      const store = world.store({ maxSessionsPerUser: 1_000, maxSessions: 1_000 });
      const race =
        round % 2 === 0
          ? [ownership.release(1), request(store, address, 'start')]
          : [request(store, address, 'start'), ownership.release(1)];
      const outcome = (await Promise.all(race)).find((each) => typeof each === 'string');
      const { session, intent } = await world.find(address);
      expect([outcome, intent.owner, session.value]).toEqual(
        outcome === 'released'
          ? ['released', null, 'disconnected.queued']
          : ['wanted', 'n1', 'disconnected.qr_expired'],
      );
    }
  });
});

describe('Removing', () => {
  it('leaves nothing of the session in Redis but the events that told of it, and that somebody left then', async () => {
    const { ownership } = await world.claim(ANA);
    await ownership.persist(snapshot());
    await request(world.store(), ANA, 'logout');
    await request(world.store(), ANA, 'delete');
    await ownership.remove();
    expect((await world.redis.keys(`${world.keys.prefix}:*`)).toSorted()).toEqual([
      world.keys.departures,
      world.keys.events,
    ]);
    expect(await world.redis.lrange(world.keys.departures, 0, -1)).toEqual([String(world.now)]);
    expect((await world.events()).at(-1)?.fields).toEqual({ type: 'session.deleted', userId: 'ana', id: 'sales' });
  });

  it('touches no other session, of that user or of that name', async () => {
    const others = [
      { userId: 'ana', id: 'sales2' },
      { userId: 'ana2', id: 'sales' },
    ];
    for (const other of others) await request(world.store(), other, 'create_and_start');
    await (await world.claim(ANA)).ownership.remove();
    for (const other of others) expect(await world.store().find(other)).not.toBeNull();
    expect(await world.redis.zcard(world.keys.active)).toBe(2);
    expect((await world.store().list({ limit: 10 })).items.map(({ userId, id }) => ({ userId, id }))).toEqual(others);
  });

  it('lets a session of that name begin anew, at rev 1 and with an empty history', async () => {
    const { ownership } = await world.claim(ANA);
    await ownership.persist(snapshot());
    await ownership.remove();
    const { session, created } = await request(world.store(), ANA, 'create');
    expect([created, session.rev]).toEqual([true, 1]);
    expect((await world.store().history(ANA, 10)).items).toEqual([]);
  });
});

describe('Appending', () => {
  it('adds an event of the session with its payload, and leaves the record alone', async () => {
    const { ownership } = await world.claim(ANA);
    const before = await world.fields(KEY);
    await ownership.append('message.received', { body: 'línea\n"dos"\u0000' });
    const last = (await world.events()).at(-1);
    expect(last?.fields).toMatchObject({ type: 'message.received', userId: 'ana', id: 'sales' });
    expect(JSON.parse(last?.fields['payload'] ?? '')).toEqual({ body: 'línea\n"dos"\u0000' });
    expect(await world.fields(KEY)).toEqual(before);
  });
});
