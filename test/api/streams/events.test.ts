import { describe, expect, it, vi } from 'vitest';

import { read } from '../api-fixture.ts';
import { EventReader } from './event-reader.ts';
import { names, useFollowedStreams } from './followed-streams.ts';

const streams = useFollowedStreams();
const { create, follow } = streams;
const admin = () => streams.fixture.token({ sub: 'root', scope: 'admin' });
const received = (body: string) => ({
  id: 'false_1@c.us_3EB0',
  waId: '3EB0',
  from: '1@c.us',
  to: '2@c.us',
  chatId: '1@c.us',
  fromMe: false,
  type: 'text',
  body,
  timestamp: '2026-12-01T00:00:00.000Z',
  sender: { id: '1@c.us', lid: null, phoneNumber: '1' },
  backfilled: false,
});

describe('a stream begins', () => {
  it('with the present snapshot of each session, of which only the last can be resumed from', async () => {
    for (const id of ['a', 'b', 'c']) await create(id);
    const stream = await follow();
    const frames = await stream.events(3);
    expect(names(frames)).toEqual(['session.snapshot a 1', 'session.snapshot b 1', 'session.snapshot c 1']);
    expect(frames.map(({ id }) => id)).toEqual([undefined, undefined, streams.fixture.feed.position]);
    expect(frames[0]?.data).toEqual({
      ...(await read(await streams.fixture.call('GET', '/api/sessions/a'))),
      event: null,
    });
  });

  it('with a comment and a position when there is no session', async () => {
    const stream = await follow();
    expect(await stream.next()).toEqual({ comment: 'open', retry: '2000' });
    expect(await stream.next()).toEqual({ comment: 'no sessions', id: '0-0' });
    await create('a');
    expect(names([await stream.event()])).toEqual(['session.snapshot a 1']);
  });

  it('with one session where one is asked for, and stays with that', async () => {
    await create('a');
    await create('b');
    const stream = await follow('/api/sessions/a/events');
    expect(names([await stream.event()])).toEqual(['session.snapshot a 1']);
    await create('c');
    await streams.fixture.persist('b');
    await streams.fixture.persist('a');
    expect(names([await stream.event()])).toEqual(['session.snapshot a 2']);
  });

  it('with everybody’s for an admin, with one user’s under that user, and never with another’s', async () => {
    await create('a');
    await create('b', 'bob');
    const all = await follow('/api/events', {}, await admin());
    expect(names(await all.events(2))).toEqual(['session.snapshot a 1', 'session.snapshot b 1']);
    const bobs = await follow('/api/users/bob/events', {}, await admin());
    const anas = await follow();
    expect(names([await bobs.event(), await anas.event()])).toEqual(['session.snapshot b 1', 'session.snapshot a 1']);
    await streams.fixture.persist('b', {}, 'bob');
    await streams.fixture.persist('a');
    expect(names([await bobs.event(), await anas.event()])).toEqual(['session.snapshot b 2', 'session.snapshot a 2']);
  });

  it('for nobody by a HEAD request, which leaves no listener behind', async () => {
    const listen = vi.spyOn(streams.fixture.feed, 'listen');
    expect((await streams.fixture.call('HEAD', '/api/events')).status).toBe(200);
    expect(listen).not.toHaveBeenCalled();
  });
});

describe('a stream goes on', () => {
  it('with each change once, in order, with the event that led there', async () => {
    await create('a');
    const stream = await follow('/api/sessions/a/events');
    await stream.event();
    await streams.fixture.persist('a', { value: 'authenticating.launching', event: 'browser.open' });
    await streams.fixture.persist('a', { value: 'ready.online', event: 'client.ready' });
    const frames = await stream.events(2);
    expect(frames.map(({ data }) => [data?.['rev'], data?.['value'], data?.['event']])).toEqual([
      [2, 'authenticating.launching', 'browser.open'],
      [3, 'ready.online', 'client.ready'],
    ]);
    const stored = await streams.fixture.stored.events();
    expect(frames.map(({ id }) => id)).toEqual(stored.slice(-2).map(({ position }) => position));
  });

  it('over a deletion and a new session of the same id, whose revs begin anew', async () => {
    await create('a');
    await streams.fixture.persist('a');
    const stream = await follow('/api/sessions/a/events');
    expect(names([await stream.event()])).toEqual(['session.snapshot a 2']);
    await streams.fixture.remove('a');
    await create('a');
    expect(names(await stream.events(2))).toEqual(['session.deleted a', 'session.snapshot a 1']);
  });

  it('with messages', async () => {
    await create('a');
    await streams.fixture.persist('a');
    const stream = await follow('/api/sessions/a/events');
    await stream.event();
    const message = received('line\nbreak\r\nid: 0-0\n\n');
    await streams.fixture.tell('a', 'message.received', { message });
    const frame = await stream.event();
    expect(frame).toMatchObject({ event: 'message.received' });
    expect(frame.data).toEqual({ sessionId: 'a', userId: 'ana', message });
  });

  it('with only the types that are asked for', async () => {
    await create('a');
    const stream = await follow('/api/events?types=session.deleted,message.received');
    // A stream begins when it is read.
    expect((await stream.next())?.comment).toBe('open');
    expect((await stream.next())?.comment).toBe('no sessions');
    await streams.fixture.persist('a');
    await streams.fixture.remove('a');
    expect(names([await stream.event()])).toEqual(['session.deleted a']);
  });

  it.each(['session', 'control.simulate', 'session.snapshot,', ''])('but not with the types %j', async (types) => {
    const response = await streams.fixture.call('GET', `/api/events?types=${types}`);
    expect(response.status).toBe(400);
    expect(JSON.stringify(await read(response))).toContain('"path":"types');
  });

  it('with comments, whose position moves though nothing is told', async () => {
    await streams.fixture.renew({ streams: { heartbeatMs: 20 } });
    await create('a');
    const stream = await follow();
    await stream.event();
    await create('b', 'bob');
    await streams.fixture.caughtUp();
    let frame = await stream.next();
    while (frame?.id === undefined) frame = await stream.next();
    expect(frame).toEqual({ comment: 'still here', id: streams.fixture.feed.position });
  });
});

describe('a stream is resumed', () => {
  it('behind the last event got: nothing is missed and nothing comes twice', async () => {
    await create('a');
    const first = await follow();
    const { id = '' } = await first.event();
    await first.close();
    await streams.fixture.persist('a');
    await create('b');
    const second = await follow('/api/events', { 'last-event-id': id });
    const frames = await second.events(2);
    expect(names(frames)).toEqual(['session.snapshot a 2', 'session.snapshot b 1']);
    await second.close();
    const third = await follow('/api/events', { 'last-event-id': frames[0]?.id ?? '' });
    await streams.fixture.persist('a');
    expect(names(await third.events(2))).toEqual(['session.snapshot b 1', 'session.snapshot a 3']);
  });

  it('while changes come in', async () => {
    await create('a');
    const [{ position } = { position: '' }] = await streams.fixture.stored.events();
    const replay = streams.fixture.feed.replay.bind(streams.fixture.feed);
    vi.spyOn(streams.fixture.feed, 'replay').mockImplementation(async function* (after, userId) {
      await streams.fixture.persist('a');
      await streams.fixture.caughtUp();
      yield* replay(after, userId);
    });
    const stream = await follow('/api/events', { 'last-event-id': position });
    expect(names([await stream.event()])).toEqual(['session.snapshot a 2']);
    await streams.fixture.persist('a');
    expect(names([await stream.event()])).toEqual(['session.snapshot a 3']);
  });

  it('after a restart of the service, from what Redis keeps', async () => {
    await create('a');
    const [{ position } = { position: '' }] = await streams.fixture.stored.events();
    await streams.fixture.persist('a');
    await streams.fixture.renewFeed();
    const stream = await follow('/api/events', { 'last-event-id': position });
    expect(names([await stream.event()])).toEqual(['session.snapshot a 2']);
  });

  it('from a position older than what is kept by a gap and the present snapshots', async () => {
    await streams.fixture.renew({}, { recent: 1 });
    await create('a');
    const [{ position } = { position: '' }] = await streams.fixture.stored.events();
    await streams.fixture.persist('a');
    await streams.fixture.persist('a');
    const { redis, keys } = streams.fixture.stored;
    for (const stream of [keys.events, keys.eventsOf('ana')]) await redis.xtrim(stream, 'MAXLEN', 1);
    const stream = await follow('/api/events', { 'last-event-id': position });
    const frames = await stream.events(2);
    expect(frames[0]).toMatchObject({ event: 'gap', data: { lastEventId: position } });
    expect(frames[0]?.id).toBeUndefined();
    expect(frames[1]).toMatchObject({ event: 'session.snapshot', id: streams.fixture.feed.position, data: { rev: 3 } });
  });

  it.each(['x', '1', '1-', '-1', '1-2-3', '9'.repeat(30), '1-1 or 1=1'])('but not from %j', async (position) => {
    const response = await streams.fixture.call('GET', '/api/events', { headers: { 'last-event-id': position } });
    expect(response.status).toBe(400);
    expect(await read(response)).toMatchObject({ errors: [{ path: 'last-event-id' }] });
  });

  it('at any point of a storm without losing or repeating a change', async () => {
    await create('a');
    await streams.fixture.persist('a');
    const seen: number[] = [];
    let last: string | null = null;
    const storm = (async () => {
      for (let change = 0; change < 60; change += 1) await streams.fixture.persist('a');
    })();
    while (seen.at(-1) !== 62) {
      const stream: EventReader = await followNow(last);
      for (let taken = 0; taken < 7 && seen.at(-1) !== 62; taken += 1) {
        const frame = await stream.event();
        seen.push(Number(frame.data?.['rev']));
        last = frame.id ?? last;
      }
      await stream.close();
    }
    await storm;
    const [start = 0] = seen;
    expect(seen).toEqual(Array.from({ length: 62 - start + 1 }, (_, index) => start + index));
  });
});

/** Does not wait for the feed to catch up. */
async function followNow(lastEventId: string | null): Promise<EventReader> {
  return new EventReader(
    await streams.fixture.call('GET', '/api/sessions/a/events', {
      headers: lastEventId === null ? {} : { 'last-event-id': lastEventId },
    }),
  );
}
