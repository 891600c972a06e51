import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import type { SimulatedEvent } from '../../src/domain/simulation.ts';
import { connectRedis } from '../../src/store/connection.ts';
import { SimulationChannel } from '../../src/store/simulation-channel.ts';
import { Feeds, writeOne } from './feeds.ts';
import { ANA, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

async function follow() {
  const played: [string, SimulatedEvent][] = [];
  const errors: unknown[] = [];
  const channel = new SimulationChannel(fixture.redis, fixture.keys);
  const follower = await channel.follow(
    connectRedis(fixture.server.address, 'blocking', () => undefined),
    (key, event) => played.push([key, event]),
    (error) => errors.push(error),
  );
  return { channel, played, errors, stop: () => follower.stop() };
}

it('What is sent to be simulated reaches every node that follows, in order, and not what was sent before', async () => {
  const channel = new SimulationChannel(fixture.redis, fixture.keys);
  await channel.send(ANA, { event: 'conflict' });
  const nodes = [await follow(), await follow()];
  await channel.send(ANA, { event: 'network_down' });
  await channel.send({ userId: 'a/b', id: 'x' }, { event: 'launch_failures', count: 2 });
  for (const { played, stop } of nodes) {
    await expect
      .poll(() => played)
      .toEqual([
        ['ana/sales', { event: 'network_down' }],
        ['a%2Fb/x', { event: 'launch_failures', count: 2 }],
      ]);
    await stop();
  }
});

it('One that cannot be read, or played, is told as an error, and the next one is played', async () => {
  const { channel, played, errors, stop } = await follow();
  await fixture.redis.xadd(fixture.keys.simulation, '*', 'key', 'ana/sales', 'event', '{"event":"earthquake"}');
  await channel.send(ANA, { event: 'hang' });
  await expect.poll(() => played).toEqual([['ana/sales', { event: 'hang' }]]);
  expect(errors).toHaveLength(1);
  await stop();
});

it('No client hears of it, nor of what nodes of the former version send each other by the event log', async () => {
  const feeds = new Feeds(() => fixture);
  const { heard, errors } = await feeds.start();
  await new SimulationChannel(fixture.redis, fixture.keys).send(ANA, { event: 'hang' });
  const former = ['type', 'control.simulate', 'userId', 'ana', 'id', 'sales', 'payload', '{"event":"hang"}'];
  await fixture.redis.xadd(fixture.keys.events, '*', ...former);
  await writeOne(fixture, 0);
  await expect.poll(() => heard.map(({ type }) => type)).toEqual(['message.received']);
  expect(errors).toEqual([]);
  await feeds.stopAll();
});
