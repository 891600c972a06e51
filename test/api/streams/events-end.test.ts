import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ApiFixture } from '../api-fixture.ts';
import { EventReader, type Frame } from './event-reader.ts';

let fixture: ApiFixture;
const open: EventReader[] = [];
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(() => fixture.renew());
afterEach(() => Promise.all(open.splice(0).map((stream) => stream.close().catch(() => undefined))));
afterAll(() => fixture.close());

const create = (id: string, sub = 'ana') =>
  fixture.token({ sub }).then((as) => fixture.call('POST', '/api/sessions', { as, json: { id } }));
const follow = async (
  path = '/api/events',
  headers: Record<string, string> = {},
  as?: string,
): Promise<EventReader> => {
  await fixture.caughtUp();
  const response = await fixture.call('GET', path, { headers, ...(as !== undefined && { as }) });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const stream = new EventReader(response);
  open.push(stream);
  return stream;
};
const names = (frames: readonly Frame[]): string[] =>
  frames.map(({ event, data }) =>
    `${event} ${JSON.stringify(data?.['id'])} ${JSON.stringify(data?.['rev']) ?? ''}`.replaceAll('"', '').trim(),
  );

describe('a stream ends', () => {
  it('with a hint when the node drains, after what was still to be told', async () => {
    await create('a');
    const stream = await follow();
    await stream.event();
    await fixture.persist('a');
    await fixture.caughtUp();
    fixture.lifecycle.drain();
    const frames = await stream.rest();
    expect(names(frames.slice(0, 1))).toEqual(['session.snapshot a 2']);
    expect(frames.at(-1)).toEqual({ comment: 'this node is shutting down: connect again', retry: '2000' });
  });

  it('when the token expires', async () => {
    await create('a');
    const stream = await follow('/api/events', {}, await fixture.token({ expiresIn: 2 }));
    const frames = await stream.rest();
    expect(frames.at(-1)).toEqual({ comment: 'the token has expired' });
  });

  it('when the client reads too slowly, and can be resumed from what it got', async () => {
    await fixture.renew({ streams: { maxQueuedEvents: 5 } });
    await create('a');
    const slow = await follow();
    const quick = await follow();
    await slow.event();
    await quick.event();
    const changes = 20;
    for (let change = 0; change < changes; change += 1) {
      await fixture.persist('a');
      await quick.event();
    }
    const got = (await slow.rest()).filter(({ event }) => event !== undefined);
    expect(got.length).toBeLessThan(changes);
    expect(fixture.log.some(({ msg }) => msg === 'a client reads its stream too slowly and is dropped')).toBe(true);
  });

  it('when too many bytes wait', async () => {
    await fixture.renew({ streams: { maxQueuedBytes: 1_000 } });
    await create('a');
    const slow = await follow();
    await slow.event();
    for (let change = 0; change < 5; change += 1) await fixture.persist('a');
    await fixture.caughtUp();
    expect((await slow.rest()).filter(({ event }) => event !== undefined).length).toBeLessThan(5);
  });
});
