import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { openEventStream, STREAM_LIMITS } from '../../../src/api/streams/event-stream.ts';
import type { Session } from '../../../src/domain/session.ts';
import { ApiFixture } from '../api-fixture.ts';
import { EventReader } from './event-reader.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(async () => {
  await fixture.renew();
  await fixture.call('POST', '/api/sessions', { json: { id: 'a' } });
  await fixture.caughtUp();
});
afterAll(() => fixture.close());

/** A stream of all events, whose present sessions are read by `present`. */
function follow(present: () => AsyncIterable<readonly Session[]>, heard: string[] = []): EventReader {
  const stream = openEventStream({
    feed: fixture.feed,
    payloadOf: async () => 'gone',
    lifecycle: fixture.lifecycle,
    limits: STREAM_LIMITS,
    scope: { kind: 'all' },
    selects: (event) => heard.push(event.type) > 0,
    present,
    after: null,
    expiresAt: Number.POSITIVE_INFINITY,
    now: () => Date.now(),
    onOpen: () => () => undefined,
    onSlow: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  return new EventReader(new Response(stream));
}
const stored = async (): Promise<Session> => (await fixture.stored.find({ userId: 'ana', id: 'a' })).session;

it('does not tell again what happened while the sessions were read', async () => {
  const stream = follow(async function* () {
    await fixture.persist('a');
    await fixture.caughtUp();
    yield [await stored()];
  });
  expect((await stream.event()).data?.['rev']).toBe(2);
  await fixture.persist('a');
  expect((await stream.event()).data?.['rev']).toBe(3);
  await stream.close();
});

it('tells what happened after a session was read, though the reading went on', async () => {
  const stream = follow(async function* () {
    const before = await stored();
    await fixture.persist('a');
    await fixture.caughtUp();
    yield [before];
  });
  expect([(await stream.event()).data?.['rev'], (await stream.event()).data?.['rev']]).toEqual([1, 2]);
  await stream.close();
});

it('hears nothing more once its client has gone, even in the middle of its start', async () => {
  const heard: string[] = [];
  const stream = follow(async function* () {
    yield [await stored()];
  }, heard);
  await stream.next();
  await stream.close();
  await fixture.persist('a');
  await fixture.caughtUp();
  expect(heard).toEqual([]);
});

it('begins nothing before it is read', async () => {
  const heard: string[] = [];
  const response = follow(async function* () {
    yield [await stored()];
  }, heard);
  await fixture.persist('a');
  await fixture.caughtUp();
  expect(heard).toEqual([]);
  expect((await response.event()).data?.['rev']).toBe(2);
  await response.close();
});
