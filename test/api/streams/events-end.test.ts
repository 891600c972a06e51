import { describe, expect, it } from 'vitest';

import { names, useFollowedStreams } from './followed-streams.ts';

const streams = useFollowedStreams();
const { create, follow } = streams;

describe('a stream ends', () => {
  it('with a hint when the node drains, after what was still to be told', async () => {
    await create('a');
    const stream = await follow();
    await stream.event();
    await streams.fixture.persist('a');
    await streams.fixture.caughtUp();
    streams.fixture.lifecycle.drain();
    const frames = await stream.rest();
    expect(names(frames.slice(0, 1))).toEqual(['session.snapshot a 2']);
    expect(frames.at(-1)).toEqual({ comment: 'this node is shutting down: connect again', retry: '2000' });
  });

  it('when the token expires', async () => {
    await create('a');
    const stream = await follow('/api/events', {}, await streams.fixture.token({ expiresIn: 2 }));
    const frames = await stream.rest();
    expect(frames.at(-1)).toEqual({ comment: 'the token has expired' });
  });

  it('when the client reads too slowly, and can be resumed from what it got', async () => {
    await streams.fixture.renew({ streams: { maxQueuedEvents: 5 } });
    await create('a');
    const slow = await follow();
    const quick = await follow();
    await slow.event();
    await quick.event();
    const changes = 20;
    for (let change = 0; change < changes; change += 1) {
      await streams.fixture.persist('a');
      await quick.event();
    }
    const got = (await slow.rest()).filter(({ event }) => event !== undefined);
    expect(got.length).toBeLessThan(changes);
    expect(streams.fixture.log.some(({ msg }) => msg === 'a client reads its stream too slowly and is dropped')).toBe(
      true,
    );
  });

  it('when too many bytes wait', async () => {
    await streams.fixture.renew({ streams: { maxQueuedBytes: 1_000 } });
    await create('a');
    const slow = await follow();
    await slow.event();
    for (let change = 0; change < 5; change += 1) await streams.fixture.persist('a');
    await streams.fixture.caughtUp();
    expect((await slow.rest()).filter(({ event }) => event !== undefined).length).toBeLessThan(5);
  });
});
