import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { Feeds, numbersOf, numbersUpTo, replayOf, write, writeOne } from './feeds.ts';
import { SilentConnection } from './silent-connection.ts';
import { StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
const feeds = new Feeds(() => fixture);
beforeAll(async () => {
  fixture = await StoreFixture.open({ appendOnly: true });
});
beforeEach(() => fixture.renew());
afterEach(() => feeds.stopAll());
afterAll(() => fixture.close());

const HEALED = { timeout: 45_000 };

/** Cuts every connection that waits for events, as a proxy or a failover would. */
async function cutFollowers(): Promise<number> {
  const list = String(await fixture.redis.client('LIST'));
  const ids = list
    .split('\n')
    .flatMap((line) => (line.includes('cmd=xread') ? [/\bid=(\d+)/.exec(line)?.[1] ?? ''] : []));
  for (const id of ids) await fixture.redis.client('KILL', 'ID', id);
  return ids.length;
}

describe('A feed whose connection is cut', () => {
  it('goes on without a hole and without telling anything twice', { timeout: 60_000 }, async () => {
    const { heard, blocking } = await feeds.start();
    let cuts = 0;
    for (let round = 0; round < 5; round += 1) {
      await write(fixture, 20, round * 40);
      await expect.poll(cutFollowers).toBeGreaterThan(0);
      cuts += 1;
      await write(fixture, 20, round * 40 + 20);
      await expect.poll(() => blocking.status, HEALED).toBe('ready');
    }
    await expect.poll(() => heard.length, HEALED).toBe(200);
    expect(numbersOf(heard)).toEqual(numbersUpTo(200));
    expect(cuts).toBe(5);
  });
});

describe('A feed whose Redis crashes and comes back on the same data', () => {
  it(
    'goes on without a hole and without telling anything twice, and replays what was told before',
    { timeout: 60_000 },
    async () => {
      const { feed, heard } = await feeds.start({ recent: 10 });
      await write(fixture, 50);
      await expect.poll(() => heard.length).toBe(50);
      await fixture.server.restart();
      await expect.poll(() => fixture.redis.status, HEALED).toBe('ready');
      await write(fixture, 50, 50);
      await expect.poll(() => heard.length, HEALED).toBe(100);
      expect(numbersOf(heard)).toEqual(numbersUpTo(100));
      expect(await replayOf(feed, heard[0]?.position ?? '')).toEqual({ kind: 'events', events: heard.slice(1) });
    },
  );
});

describe('A feed whose connection dies in silence', () => {
  it('opens another, and goes on without a hole', { timeout: 60_000 }, async () => {
    const line = await SilentConnection.open(fixture.server.address);
    const { feed, heard } = feeds.make({ address: line.address, blockMs: 100 });
    await feed.start();
    await write(fixture, 5);
    await expect.poll(() => heard.length, HEALED).toBe(5);
    line.fallSilent();
    await write(fixture, 5, 5);
    await expect.poll(() => heard.length, { timeout: 60_000 }).toBe(10);
    expect(numbersOf(heard)).toEqual(numbersUpTo(10));
    await feed.stop();
    await line.close();
  });
});

describe('Stopping a feed', () => {
  it('ends its connection and tells nothing more', async () => {
    const { feed, heard, blocking } = await feeds.start();
    await writeOne(fixture, 0);
    await expect.poll(() => heard.length).toBe(1);
    await feed.stop();
    await writeOne(fixture, 1);
    await expect.poll(() => blocking.status).toBe('end');
    await expect.poll(async () => String(await fixture.redis.client('LIST')).includes('cmd=xread')).toBe(false);
    expect(numbersOf(heard)).toEqual([0]);
  });

  it('may be done twice, and before it was started', async () => {
    const { feed } = feeds.make();
    await feed.stop();
    await feed.stop();
  });

  it(
    'does not wait for a Redis that is away, and leaves neither timer nor connection',
    { timeout: 60_000 },
    async () => {
      const away = await StoreFixture.open();
      const before = process.getActiveResourcesInfo().toSorted();
      const { feed, blocking } = await new Feeds(() => away).start();
      await away.close();
      await expect.poll(() => blocking.status, HEALED).toBe('reconnecting');
      await feed.stop();
      const timersAndPipes = () =>
        process.getActiveResourcesInfo().filter((resource) => /Timeout|Pipe/.test(resource)).length;
      await expect
        .poll(timersAndPipes)
        .toBeLessThanOrEqual(before.filter((resource) => /Timeout|Pipe/.test(resource)).length);
    },
  );
});
