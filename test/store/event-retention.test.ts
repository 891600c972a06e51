import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { SessionAddress } from '../../src/domain/session.ts';
import { EVENT_RETENTION } from '../../src/store/event-retention.ts';
import { scriptTaking } from '../../src/store/script.ts';
import { APPEND_TO_LOG } from '../../src/store/scripts/append-to-log.ts';
import { Feeds, numbersOf, numbersUpTo, replayOf, writeOne } from './feeds.ts';
import { ANA, request, snapshot, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
const feeds = new Feeds(() => fixture);
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterEach(() => feeds.stopAll());
afterAll(() => fixture.close());

/** Many sessions' events at once, each of another user's. */
const appendMany = scriptTaking<{
  readonly prefix: string;
  readonly sessions: number;
  readonly entry: readonly string[];
}>()({
  name: 'append-many',
  keys: ['events', 'wholeness'],
  lua: `${APPEND_TO_LOG}
for session = 1, args.sessions do
  local entry = {unpack(args.entry)}
  entry[#entry + 1] = 'userId'
  entry[#entry + 1] = 'user-' .. session
  appendToLog(args.prefix .. 'user-' .. session, entry)
end
return args.sessions
`,
  reply: z.int(),
});

/** A thousand sessions of others, until nothing is left in everybody's stream of what was there before. */
async function crowdOut(): Promise<void> {
  const { events, wholeness } = fixture.keys;
  const entry = ['type', 'message.received', 'id', 'busy', 'log', '0-1'];
  for (let sent = 0; sent < EVENT_RETENTION.everybody + 1_000; sent += 1_000) {
    const args = { prefix: fixture.keys.eventsOf(''), sessions: 1_000, entry };
    await appendMany.run(fixture.redis, { events, wholeness }, args);
  }
}

/** One session's event, as the scripts append it. */
const appendOne = scriptTaking<{ readonly entry: readonly string[] }>()({
  name: 'append-one',
  keys: ['events', 'eventsOfUser', 'wholeness'],
  lua: `${APPEND_TO_LOG}return appendToLog(keys.eventsOfUser, args.entry)`,
  reply: z.string(),
});

async function tell({ userId, id }: SessionAddress, numbers: readonly number[]): Promise<void> {
  const { events, wholeness } = fixture.keys;
  const keys = { events, wholeness, eventsOfUser: fixture.keys.eventsOf(userId) };
  for (const number of numbers) {
    const entry = ['type', 'message.received', 'userId', userId, 'id', id, 'log', `${number}-1`];
    await appendOne.run(fixture.redis, keys, { entry });
  }
}

const newest = async () => (await fixture.events()).at(-1)?.position ?? '';

describe('A quiet user', () => {
  it(
    'can resume after a thousand busy sessions of others: nothing is missed, nothing comes twice',
    { timeout: 60_000 },
    async () => {
      await request(fixture.store(), ANA, 'create_and_start');
      const position = await newest();
      await tell(ANA, [0, 1, 2]);
      await crowdOut();
      await tell(ANA, [3]);
      const { feed } = await feeds.start();
      expect(await replayOf(feed, position)).toEqual({ kind: 'gap' });
      const replay = await replayOf(feed, position, 'ana');
      expect(replay.kind === 'events' && numbersOf(replay.events)).toEqual([0, 1, 2, 3]);
      const [first] = replay.kind === 'events' ? replay.events : [];
      const rest = await replayOf(feed, first?.position ?? '', 'ana');
      expect(rest.kind === 'events' && numbersOf(rest.events)).toEqual([1, 2, 3]);
    },
  );

  it(
    'who has had no event at all can resume as well, and one whose first came meanwhile',
    { timeout: 60_000 },
    async () => {
      await request(fixture.store(), ANA, 'create');
      const position = await newest();
      await crowdOut();
      const { feed } = await feeds.start();
      expect(await replayOf(feed, position, 'bo')).toEqual({ kind: 'events', events: [] });
      await request(fixture.store(), { userId: 'bo', id: 'first' }, 'create');
      await expect.poll(() => feed.position).toBe(await newest());
      const replay = await replayOf(feed, position, 'bo');
      expect(replay).toMatchObject({ kind: 'events', events: [{ userId: 'bo', event: 'intent.create' }] });
    },
  );
});

describe('A user’s own stream', () => {
  it('holds each event of the user’s sessions with its position in everybody’s, and no other', async () => {
    const { heard } = await feeds.start();
    for (const address of [ANA, { userId: 'bo', id: 'other' }, { userId: 'ana', id: 'second' }]) {
      await request(fixture.store(), address, 'create_and_start');
      const { ownership } = await fixture.claim(address);
      await ownership.persist(snapshot({ handledSeq: 1 }));
    }
    await expect.poll(() => heard.length).toBe(6);
    const own = await fixture.redis.xrange(fixture.keys.eventsOf('ana'), '-', '+');
    const positions = heard.filter(({ userId }) => userId === 'ana').map(({ position }) => position);
    expect(own.map(([position]) => position)).toEqual(positions);
  });

  it('is bounded in length and in time', async () => {
    await request(fixture.store(), ANA, 'create_and_start');
    await tell(ANA, numbersUpTo(EVENT_RETENTION.ofUser + 300));
    const stream = fixture.keys.eventsOf('ana');
    expect(await fixture.redis.xlen(stream)).toBeLessThan(EVENT_RETENTION.ofUser + 100);
    expect(await fixture.redis.pttl(stream)).toBeGreaterThan(EVENT_RETENTION.ofUserMs - 60_000);
    expect(await fixture.redis.memory('USAGE', stream)).toBeLessThan(1_000 * EVENT_RETENTION.ofUser);
  });

  it('that was trimmed past a position leaves it to everybody’s', async () => {
    await request(fixture.store(), ANA, 'create_and_start');
    const position = await newest();
    await tell(ANA, [0, 1, 2]);
    const { feed } = await feeds.start();
    await fixture.redis.xtrim(fixture.keys.eventsOf('ana'), 'MAXLEN', 1);
    const replay = await replayOf(feed, position, 'ana');
    expect(replay.kind === 'events' && numbersOf(replay.events)).toEqual([0, 1, 2]);
    await fixture.redis.xtrim(fixture.keys.events, 'MAXLEN', 1);
    expect(await replayOf(feed, position, 'ana')).toEqual({ kind: 'gap' });
  });

  it('begins anew where its positions are ahead of everybody’s, whose stream was lost', async () => {
    await request(fixture.store(), ANA, 'create_and_start');
    const position = await newest();
    await fixture.redis.del(fixture.keys.events);
    await fixture.redis.xadd(fixture.keys.eventsOf('ana'), '999999999999999-0', 'type', 'session.deleted');
    await tell(ANA, [0]);
    const { feed } = await feeds.start();
    expect(await replayOf(feed, position, 'ana')).toEqual({ kind: 'gap' });
    const after = await newest();
    await tell(ANA, [1]);
    await expect.poll(() => feed.position).toBe(await newest());
    const replay = await replayOf(feed, after, 'ana');
    expect(replay.kind === 'events' && numbersOf(replay.events)).toEqual([1]);
  });
});

describe('Where a node of the former version writes to everybody’s stream alone', () => {
  it('nothing of it is missed by a user who resumes from before it', async () => {
    await request(fixture.store(), ANA, 'create_and_start');
    const position = await newest();
    await tell(ANA, [0]);
    await writeOne(fixture, 1);
    const { feed } = await feeds.start();
    const numbers = async (from: string) => {
      const replay = await replayOf(feed, from, 'ana');
      return replay.kind === 'events' ? numbersOf(replay.events) : replay.kind;
    };
    expect(await numbers(position)).toEqual([0, 1]);
    await tell(ANA, [2]);
    await expect.poll(() => feed.position).toBe(await newest());
    expect(await numbers(position)).toEqual([0, 1, 2]);
    // It is only in everybody's stream, and there no longer.
    await fixture.redis.xtrim(fixture.keys.events, 'MAXLEN', 1);
    const renewed = await feeds.start();
    expect(await replayOf(renewed.feed, position, 'ana')).toEqual({ kind: 'gap' });
  });

  it('a position that it handed out is a place to go on from, or a gap', async () => {
    await writeOne(fixture, 0);
    const former = await newest();
    await writeOne(fixture, 1);
    await request(fixture.store(), ANA, 'create_and_start');
    const { feed } = await feeds.start();
    expect(await replayOf(feed, former, 'ana')).toMatchObject({
      kind: 'events',
      events: [{ type: 'message.received' }, { event: 'intent.create_and_start' }],
    });
    await fixture.redis.xtrim(fixture.keys.events, 'MAXLEN', 1);
    expect(await replayOf(feed, former, 'ana')).toEqual({ kind: 'gap' });
  });
});
