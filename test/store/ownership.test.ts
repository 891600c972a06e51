import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sessionKey } from '../../src/domain/session.ts';
import { fieldsOf } from '../../src/store/session-hash.ts';
import { ANA, request, settledSnapshot, snapshot, StoreFixture, NEWS } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(async () => {
  fixture.renew();
  await request(fixture.store(), ANA, 'create_and_start');
});
afterAll(() => fixture.close());

const KEY = sessionKey(ANA);
const isActive = async () => (await fixture.redis.zscore(fixture.keys.active, KEY)) !== null;
const isErasurePending = async () => (await fixture.redis.sismember(fixture.keys.pendingErasures, KEY)) === 1;

describe('Persisting', () => {
  it('writes record, history and event as one, and returns the new rev', async () => {
    const { ownership } = await fixture.claim(ANA);
    fixture.now += 2_500;
    const rev = await ownership.persist(
      snapshot({ value: 'authenticating.launching', tags: ['busy'], event: 'claimed', handledSeq: 1 }),
    );
    const { session, intent } = await fixture.find(ANA);
    expect(session).toMatchObject({
      rev,
      value: 'authenticating.launching',
      state: 'authenticating',
      tags: ['busy'],
      reason: null,
      nodeId: 'n1',
    });
    expect(intent.handledSeq).toBe(1);
    expect((await fixture.events()).at(-1)?.fields).toEqual({
      type: 'session.snapshot',
      event: 'claimed',
      ...(await fixture.fields(KEY)),
    });
    expect((await fixture.store().history(ANA, 1)).items).toEqual([
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
    const first = await fixture.claim(ANA, 'n1');
    const one = await first.ownership.persist(snapshot({ value: 'authenticating.launching' }));
    const second = await fixture.claim(ANA, 'n2');
    expect(await second.ownership.persist(snapshot())).toBe(one + 1);
    expect((await request(fixture.store(), ANA, 'restart')).session.rev).toBe(one + 2);
  });

  it('writes a numbered snapshot once, though it is sent again because its answer got lost', async () => {
    const { ownership } = await fixture.claim(ANA);
    const rev = await ownership.persist(snapshot(), 1);
    const told = (await fixture.events()).length;
    expect(await ownership.persist(snapshot(), 1)).toBe(rev);
    expect((await fixture.events()).length).toBe(told);
    expect(await ownership.persist(snapshot({ event: 'client.probe' }), 2)).toBe(rev + 1);
    const next = await fixture.claim(ANA, 'n2');
    expect(await next.ownership.persist(snapshot({ event: 'claimed' }), 1)).toBe(rev + 2);
  });

  it('emits without a history entry where the state stays', async () => {
    const { ownership } = await fixture.claim(ANA);
    await ownership.persist(snapshot());
    const [{ since }, history] = [(await fixture.find(ANA)).session, await fixture.store().history(ANA, 10)];
    fixture.now += 1_000;
    const rev = await ownership.persist(snapshot({ event: 'client.probe' }));
    expect(await fixture.store().history(ANA, 10)).toEqual(history);
    expect((await fixture.find(ANA)).session).toMatchObject({ rev, since });
  });

  it('counts a state that began in the future of this clock as zero long', async () => {
    const { ownership } = await fixture.claim(ANA);
    fixture.now -= 60_000;
    await ownership.persist(snapshot());
    expect((await fixture.store().history(ANA, 1)).items[0]?.durationMs).toBe(0);
  });

  it('of a settled state ends its counting as running', async () => {
    const { ownership } = await fixture.claim(ANA);
    await ownership.persist(settledSnapshot('disconnected.qr_expired', 'qr_expired', 1));
    expect(await isActive()).toBe(false);
    expect(await fixture.redis.exists(fixture.keys.activeOf(ANA.userId))).toBe(0);
  });

  it('of a settled state leaves it running when something newer is wanted', async () => {
    const { ownership } = await fixture.claim(ANA);
    await request(fixture.store(), ANA, 'restart');
    await ownership.persist(settledSnapshot('disconnected.qr_expired', 'qr_expired', 1));
    expect(await isActive()).toBe(true);
  });

  it('of activity moves the session to the end of the order, and of none does not', async () => {
    const { ownership } = await fixture.claim(ANA);
    const start = fixture.now;
    fixture.now += 1_000;
    await ownership.persist(snapshot());
    expect(await fixture.redis.zscore(fixture.keys.active, KEY)).toBe(String(start));
    await ownership.persist(snapshot({ activity: 'active' }));
    expect(await fixture.redis.zscore(fixture.keys.active, KEY)).toBe(String(fixture.now));
    expect(await fixture.redis.zscore(fixture.keys.activeOf(ANA.userId), KEY)).toBe(String(fixture.now));
  });

  it('of activity does not count a session as running again that was asked to stop', async () => {
    const { ownership } = await fixture.claim(ANA);
    await request(fixture.store(), ANA, 'stop');
    await ownership.persist(snapshot({ activity: 'active' }));
    expect(await isActive()).toBe(false);
  });
});

describe('The erasure of a logout', () => {
  it('is done once the owner says that the login is erased', async () => {
    const { ownership } = await fixture.claim(ANA);
    const { intentSeq: seq } = await request(fixture.store(), ANA, 'logout');
    await ownership.persist({ ...settledSnapshot('disconnected.logged_out', 'logged_out', seq), erased: seq });
    expect(await isErasurePending()).toBe(false);
    expect((await fixture.find(ANA)).intent.erased).toBe(seq);
  });

  it('remains while the login is not erased', async () => {
    const { ownership } = await fixture.claim(ANA);
    const { intentSeq: seq } = await request(fixture.store(), ANA, 'logout');
    await ownership.persist(snapshot({ handledSeq: seq }));
    expect(await isErasurePending()).toBe(true);
  });

  it('remains when another logout was asked for while the former one was carried out', async () => {
    const { ownership } = await fixture.claim(ANA);
    const { intentSeq: seq } = await request(fixture.store(), ANA, 'logout');
    await request(fixture.store(), ANA, 'start');
    await request(fixture.store(), ANA, 'logout');
    await ownership.persist(snapshot({ value: 'disconnected.logged_out', handledSeq: seq, erased: seq }));
    expect(await isErasurePending()).toBe(true);
  });

  it('remains for a deletion that followed the logout', async () => {
    const { ownership } = await fixture.claim(ANA);
    const { intentSeq: seq } = await request(fixture.store(), ANA, 'logout');
    await request(fixture.store(), ANA, 'delete');
    await ownership.persist(snapshot({ value: 'disconnected.logged_out', handledSeq: seq, erased: seq }));
    expect(await isErasurePending()).toBe(true);
  });
});

describe('Releasing', () => {
  it('leaves the session without an owner, and names the node that ran it last', async () => {
    const { ownership } = await fixture.claim(ANA);
    expect(await ownership.release(1)).toBe('released');
    expect(await fixture.find(ANA)).toMatchObject({ intent: { owner: null }, session: { nodeId: 'n1' } });
  });

  it('keeps a session of which something newer was asked', async () => {
    const { ownership } = await fixture.claim(ANA);
    await request(fixture.store(), ANA, 'stop');
    await request(fixture.store(), ANA, 'start');
    expect(await ownership.release(1)).toBe('wanted');
    expect((await fixture.find(ANA)).intent.owner).toBe('n1');
    expect(await ownership.release(3)).toBe('released');
  });

  it('racing a request never loses it: it is released before, and queued, or kept', async () => {
    for (let round = 0; round < 50; round += 1) {
      const address = { userId: 'ana', id: `round-${round}` };
      await request(fixture.store({ maxSessionsPerUser: 1_000, maxSessions: 1_000 }), address, 'create_and_start');
      const { ownership } = await fixture.claim(address);
      await ownership.persist(settledSnapshot('disconnected.qr_expired', 'qr_expired', 1));
      const store = fixture.store({ maxSessionsPerUser: 1_000, maxSessions: 1_000 });
      const race =
        round % 2 === 0
          ? [ownership.release(1), request(store, address, 'start')]
          : [request(store, address, 'start'), ownership.release(1)];
      const outcome = (await Promise.all(race)).find((each) => typeof each === 'string');
      const { session, intent } = await fixture.find(address);
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
    const { ownership } = await fixture.claim(ANA);
    await ownership.persist(snapshot());
    await request(fixture.store(), ANA, 'logout');
    await request(fixture.store(), ANA, 'delete');
    await ownership.remove();
    expect((await fixture.redis.keys(`${fixture.keys.prefix}:*`)).toSorted()).toEqual(
      [fixture.keys.departures, fixture.keys.events, fixture.keys.wholeness, fixture.keys.eventsOf('ana')].toSorted(),
    );
    const kept = await fixture.redis.xrange(fixture.keys.eventsOf('ana'), '-', '+');
    expect(kept.map(([, flat]) => fieldsOf(flat)['type'])).toEqual(['session.deleted']);
    expect(await fixture.redis.lrange(fixture.keys.departures, 0, -1)).toEqual([String(fixture.now)]);
    expect((await fixture.events()).at(-1)?.fields).toEqual({ type: 'session.deleted', userId: 'ana', id: 'sales' });
  });

  it('touches no other session, of that user or of that name', async () => {
    const others = [
      { userId: 'ana', id: 'sales2' },
      { userId: 'ana2', id: 'sales' },
    ];
    for (const other of others) await request(fixture.store(), other, 'create_and_start');
    await (await fixture.claim(ANA)).ownership.remove();
    for (const other of others) expect(await fixture.store().find(other)).not.toBeNull();
    expect(await fixture.redis.zcard(fixture.keys.active)).toBe(2);
    expect((await fixture.store().list({ limit: 10 })).items.map(({ userId, id }) => ({ userId, id }))).toEqual(others);
  });

  it('lets a session of that name begin anew, at rev 1 and with an empty history', async () => {
    const { ownership } = await fixture.claim(ANA);
    await ownership.persist(snapshot());
    await ownership.remove();
    const { session, created } = await request(fixture.store(), ANA, 'create');
    expect([created, session.rev]).toEqual([true, 1]);
    expect((await fixture.store().history(ANA, 10)).items).toEqual([]);
  });
});

describe('Telling', () => {
  it('tells it in the log of the session, points at it from the streams, and leaves the record alone', async () => {
    const { ownership } = await fixture.claim(ANA);
    const before = await fixture.fields(KEY);
    expect(await ownership.tell(NEWS)).toEqual({ told: 1, duplicates: 0 });
    const last = (await fixture.events()).at(-1);
    const [[position, fields] = ['', []]] = await fixture.redis.xrange(fixture.keys.messageLog(KEY), '-', '+');
    expect(last?.fields).toEqual({ type: 'message.received', userId: 'ana', id: 'sales', log: position });
    expect(fields).toEqual(['type', 'message.received', 'ref', 'r', 'plain', '{}']);
    expect(await fixture.fields(KEY)).toEqual(before);
  });
});
