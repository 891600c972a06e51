import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { FeedEvent } from '../../src/domain/events.ts';
import { comparePositions, isPosition } from '../../src/store/position.ts';
import { Feeds, numbersOf, numbersUpTo, replayOf, write, writeOne, type Replay } from './feeds.ts';
import { ANA, request, snapshot, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
const feeds = new Feeds(() => fixture);
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterEach(() => feeds.stopAll());
afterAll(() => fixture.close());

const eventsOf = (replay: Replay) => (replay.kind === 'events' ? replay.events : []);

describe('A feed that follows', () => {
  it('tells each event once, in order', async () => {
    const { heard } = await feeds.start();
    await write(fixture, 50);
    await expect.poll(() => heard.length).toBe(50);
    expect(numbersOf(heard)).toEqual(numbersUpTo(50));
  });

  it('begins at the end of what is there', async () => {
    await write(fixture, 5);
    const { feed, heard } = await feeds.start();
    expect(feed.position).toBe((await fixture.events()).at(-1)?.position);
    await writeOne(fixture, 5);
    await expect.poll(() => numbersOf(heard)).toEqual([5]);
  });

  it('tells of every kind of event what was written', async () => {
    const { heard } = await feeds.start();
    const { session } = await request(fixture.store(), ANA, 'create_and_start');
    const { ownership } = await fixture.claim(ANA);
    await ownership.persist(snapshot({ handledSeq: 1 }));
    await ownership.remove();
    await expect.poll(() => heard.length).toBe(3);
    const place = { userId: 'ana', sessionId: 'sales' };
    expect(heard).toMatchObject([
      {
        ...place,
        type: 'session.snapshot',
        event: 'intent.create_and_start',
        session,
        intent: { intentSeq: 1, handledSeq: 0 },
      },
      {
        ...place,
        type: 'session.snapshot',
        event: 'client.ready',
        intent: { handledSeq: 1 },
        session: { state: 'ready', epoch: ownership.epoch },
      },
      { ...place, type: 'session.deleted', stillListed: false },
    ]);
  });

  it('is not stopped for others by a listener that throws, and says that it threw', async () => {
    const { feed, heard, errors } = feeds.make();
    feed.listen(() => {
      throw new Error('listener');
    });
    const later: FeedEvent[] = [];
    feed.listen((event) => later.push(event));
    await feed.start();
    await write(fixture, 3);
    await expect.poll(() => later.length).toBe(3);
    expect(numbersOf(heard)).toEqual([0, 1, 2]);
    expect(errors).toEqual([new Error('listener'), new Error('listener'), new Error('listener')]);
  });

  it('tells a listener nothing more once that has had enough, even in the middle of an event', async () => {
    const { feed, heard } = feeds.make();
    const once: FeedEvent[] = [];
    const leave = feed.listen((event) => {
      once.push(event);
      leave();
    });
    await feed.start();
    await write(fixture, 3);
    await expect.poll(() => heard.length).toBe(3);
    expect(numbersOf(once)).toEqual([0]);
  });

  it('passes over entries that it cannot read, and says so', async () => {
    const { heard, errors } = await feeds.start();
    const damaged = [
      ['type', 'from.the.future', 'userId', 'ana', 'id', 'sales'],
      ['type', 'session.snapshot', 'event', 'x', 'userId', 'ana'],
      ['type', 'message.received', 'userId', 'ana', 'id', 'sales'],
      ['type', 'session.deleted'],
      ['nonsense', ''],
    ];
    for (const [number, entry] of damaged.entries()) {
      await writeOne(fixture, number);
      await fixture.redis.xadd(fixture.keys.events, '*', ...entry);
    }
    await writeOne(fixture, damaged.length);
    await expect.poll(() => numbersOf(heard)).toEqual(numbersUpTo(damaged.length + 1));
    expect(errors).toHaveLength(damaged.length);
  });
});

describe('A replay', () => {
  it.each([{ recent: 1 }, { recent: 40 }, { recent: 5_000 }])(
    'tells what was told live, from wherever it was cut ($recent kept in memory)',
    async ({ recent }) => {
      const { feed, heard } = await feeds.start({ recent });
      await write(fixture, 1_200);
      await expect.poll(() => heard.length).toBe(1_200);
      await fc.assert(
        fc.asyncProperty(fc.nat(heard.length - 1), async (cut) => {
          const replay = await replayOf(feed, heard[cut]?.position ?? '');
          expect(replay).toEqual({ kind: 'events', events: heard.slice(cut + 1) });
        }),
        { numRuns: 40, examples: [[0], [heard.length - 1], [699], [700], [heard.length - 2]] },
      );
    },
  );

  it('tells everything from the very beginning while nothing was forgotten', async () => {
    await write(fixture, 3);
    const { feed } = await feeds.start();
    expect(numbersOf(eventsOf(await replayOf(feed, '0-0')))).toEqual([0, 1, 2]);
  });

  it('passes over entries that it cannot read', async () => {
    await writeOne(fixture, 0);
    await fixture.redis.xadd(fixture.keys.events, '*', 'type', 'from.the.future');
    await writeOne(fixture, 1);
    const { feed, errors } = await feeds.start();
    expect(numbersOf(eventsOf(await replayOf(feed, '0-0')))).toEqual([0, 1]);
    expect(errors).toHaveLength(1);
  });

  it('tells nothing after the newest position', async () => {
    await write(fixture, 3);
    const { feed } = await feeds.start();
    expect(await replayOf(feed, feed.position)).toEqual({ kind: 'events', events: [] });
  });

  it.each([{ recent: 1 }, { recent: 3 }, { recent: 2_000 }])(
    'and a listener that follows it miss nothing and hear nothing twice, while others write ($recent kept in memory)',
    async ({ recent }) => {
      const { feed, heard } = await feeds.start({ recent });
      await write(fixture, 600);
      const [first = ''] = (await fixture.events()).map(({ position }) => position);
      const join = async (): Promise<FeedEvent[]> => {
        const live: FeedEvent[] = [];
        const stop = feed.listen((event) => live.push(event), first);
        const got: FeedEvent[] = [...eventsOf(await replayOf(feed, first))];
        stop();
        const last = got.at(-1)?.position ?? first;
        got.push(...live.filter(({ position }) => comparePositions(position, last) > 0));
        feed.listen((event) => got.push(event), got.at(-1)?.position ?? first);
        return got;
      };
      const written = Promise.all(Array.from({ length: 40 }, (_, writer) => write(fixture, 20, 600 + writer * 20)));
      const joined: FeedEvent[][] = [];
      for (let round = 0; round < 30; round += 1) joined.push(...(await Promise.all([join(), join()])));
      await written;
      await expect.poll(() => heard.length).toBe(1_400);
      for (const got of joined)
        expect(got.map(({ position }) => position)).toEqual(heard.slice(1).map(({ position }) => position));
    },
  );
});

describe('A position', () => {
  it('older than what is kept is a gap', async () => {
    await write(fixture, 10);
    const positions = (await fixture.events()).map(({ position }) => position);
    const { feed } = await feeds.start();
    await fixture.redis.xtrim(fixture.keys.events, 'MAXLEN', 5);
    expect(await replayOf(feed, positions[2] ?? '')).toEqual({ kind: 'gap' });
    expect(await replayOf(feed, '0-0')).toEqual({ kind: 'gap' });
    expect(numbersOf(eventsOf(await replayOf(feed, positions[5] ?? '')))).toEqual([6, 7, 8, 9]);
  });

  it('is a gap where everything has been trimmed', async () => {
    await write(fixture, 3);
    const [first] = await fixture.events();
    const { feed } = await feeds.start();
    await fixture.redis.xtrim(fixture.keys.events, 'MAXLEN', 0);
    expect(await replayOf(feed, first?.position ?? '')).toEqual({ kind: 'gap' });
  });

  it('is a gap where entries are trimmed while they are read', async () => {
    await write(fixture, 1_200);
    const [first] = await fixture.events();
    const { feed } = await feeds.start();
    const replay = replayOf(feed, first?.position ?? '');
    // In the line behind the first read of the stream, before the second.
    const trimmed = fixture.redis.xtrim(fixture.keys.events, 'MAXLEN', 100);
    expect(await replay).toEqual({ kind: 'gap' });
    expect(await trimmed).toBe(1_100);
  });

  it('of another stream is a gap', async () => {
    await write(fixture, 3);
    const { feed } = await feeds.start();
    expect(await replayOf(feed, '1000-0')).toEqual({ kind: 'gap' });
  });

  it('from the future is a gap', async () => {
    await write(fixture, 3);
    const { feed } = await feeds.start();
    expect(await replayOf(feed, '999999999999999-0')).toEqual({ kind: 'gap' });
  });

  it('that this process has not seen yet, but Redis has, is a place to go on from', async () => {
    const { feed } = feeds.make();
    await write(fixture, 3);
    const positions = (await fixture.events()).map(({ position }) => position);
    const ahead = positions[1] ?? '';
    expect(await replayOf(feed, ahead)).toEqual({ kind: 'events', events: [] });
    const got: FeedEvent[] = [];
    feed.listen((event) => got.push(event), ahead);
    await feed.start();
    await writeOne(fixture, 3);
    await expect.poll(() => numbersOf(got)).toEqual([3]);
  });

  it.each(['', '1', '-1', 'x-0', '1-0 ', '1-0\n', '$', '+', '(1-0', '1-0-0', '9999999999999999-0'])(
    'has no other form than two numbers: %j',
    (text) => {
      expect(isPosition(text)).toBe(false);
    },
  );

  it('is ordered by both of its numbers, as numbers', () => {
    const ordered = ['0-0', '9-0', '9-9', '9-10', '10-0', '1795514400000-0', '1795514400000-2'];
    expect(ordered.toReversed().toSorted(comparePositions)).toEqual(ordered);
    expect(ordered.every(isPosition)).toBe(true);
  });
});
