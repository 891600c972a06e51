import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';

import { DEADLINE_MS, type ChaosFixture } from './chaos-fixture.ts';
import type { Linked, RealFixture } from './real-fixture.ts';
import { keepRow } from './rows.ts';

/** Redis goes away and comes back. */
export interface Outage {
  readonly fault: string;
  readonly outcome: string;
  strike(ground: ChaosFixture): Promise<void> | void;
}

export const KILLED_REDIS: Outage = {
  fault: 'kill -9 of the embedded Redis',
  outcome: 'it is started again, sessions live on in their browsers and are adopted',
  strike: ({ redisPid }) => void process.kill(redisPid, 'SIGKILL'),
};

const FROZEN_MS = 10_000;

export const FROZEN_REDIS: Outage = {
  fault: 'SIGSTOP of Redis for ten seconds',
  outcome: 'sessions live on in their browsers, nothing is relaunched',
  strike: async ({ redisPid }) => {
    process.kill(redisPid, 'SIGSTOP');
    await delay(FROZEN_MS);
    process.kill(redisPid, 'SIGCONT');
  },
};

/**
 * Two sessions, and a Redis that goes away. Both must keep their browsers, and what the phone sends once it is back
 * must arrive, once. Recovered is it when a stop is obeyed again.
 */
export async function expectAdopted(world: RealFixture, { fault, outcome, strike }: Outage): Promise<void> {
  const { ground } = world;
  const linked = await world.link('one', 'other');
  const browsers = linked.map(({ browser }) => browser.pid);
  const launches = world.web.launches().length;
  const revs = linked.map(({ rev }) => rev);
  const struckAt = performance.now();
  await strike(ground);
  await untilWritable(ground);
  const recoveredMs = Math.round(performance.now() - struckAt);
  expect(linked.map(({ browser }) => browser.pid)).toEqual(browsers);
  await expectMessages(linked, ground);
  expect(world.web.launches()).toHaveLength(launches);
  // They never were anything but ready.
  const values = linked.flatMap(({ key }, index) =>
    ground.watcher.sightings(key).filter(({ session }) => session.rev > (revs[index] ?? 0)),
  );
  expect(values.filter(({ session }) => session.state !== 'ready')).toEqual([]);
  const client = await ground.client();
  await client.ask('other', 'stop');
  await ground.expectWhole({ [linked[0]?.key ?? '']: 'ready.online', [linked[1]?.key ?? '']: 'disconnected.stopped' });
  keepRow({ fault, outcome, recoveredMs });
}

/** The service is killed under two sessions and started again. */
export async function killService(world: RealFixture): Promise<void> {
  const { ground } = world;
  const linked = await world.link('one', 'other');
  const former = ground.liveBrowsers();
  const revs = linked.map(({ rev }) => rev);
  const struckAt = performance.now();
  await ground.restart('SIGKILL');
  const back = await Promise.all(
    linked.map(({ key }, index) => ground.watcher.passes(key, ['authenticating', 'ready.online'], revs[index] ?? 0)),
  );
  expect(former.filter((browser) => browser.isAlive())).toEqual([]);
  await ground.expectWhole(Object.fromEntries(linked.map(({ key }) => [key, 'ready.online'])));
  const since = linked.flatMap(({ key }, index) =>
    ground.watcher.sightings(key).filter(({ session }) => session.rev > (revs[index] ?? 0)),
  );
  expect(since.map(({ session }) => session.state)).not.toContain('waiting_qr');
  await expectMessages(linked, ground);
  keepRow({
    fault: 'kill -9 of the service, then started again',
    outcome: 'its browsers are reaped, sessions are ready again without a scan',
    recoveredMs: Math.round(Math.max(...back.map(({ at }) => at)) - struckAt),
  });
}

/** A message for each session comes by, once. */
async function expectMessages(linked: readonly Linked[], { watcher }: ChaosFixture): Promise<void> {
  for (const { phone } of linked) phone.receives({ from: '491700000099', text: 'still there?' });
  await expect.poll(() => watcher.messages.length, { timeout: DEADLINE_MS }).toBe(linked.length);
  expect(new Set(watcher.messages).size).toBe(linked.length);
}

/** Resolves once the service takes requests again that it has to write down. */
async function untilWritable(ground: ChaosFixture): Promise<void> {
  const client = await ground.client();
  await expect
    .poll(
      () =>
        client.call('POST', '/api/sessions/one/start').then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: DEADLINE_MS, interval: 50 },
    )
    .toBe(202);
}
