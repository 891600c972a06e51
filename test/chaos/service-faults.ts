import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';

import { DEADLINE_MS, type ChaosFixture } from './chaos-fixture.ts';
import type { Linked, RealFixture } from './real-fixture.ts';
import { keepRow } from './rows.ts';

/** Redis goes away and comes back. */
export interface Outage {
  readonly fault: string;
  readonly outcome: string;
  inject(chaos: ChaosFixture): Promise<void> | void;
}

export const KILLED_REDIS: Outage = {
  fault: 'kill -9 of the embedded Redis',
  outcome: 'it is started again, sessions live on in their browsers and are adopted',
  inject: ({ redisPid }) => void process.kill(redisPid, 'SIGKILL'),
};

/** Less than half a lease: a longer one ends the browsers. */
const FROZEN_MS = 5_000;

export const FROZEN_REDIS: Outage = {
  fault: 'SIGSTOP of Redis for five seconds',
  outcome: 'sessions live on in their browsers, nothing is relaunched',
  inject: async ({ redisPid }) => {
    process.kill(redisPid, 'SIGSTOP');
    await delay(FROZEN_MS);
    process.kill(redisPid, 'SIGCONT');
  },
};

/**
 * Two sessions, and a Redis that goes away. Both must keep their browsers, and a message from the phone after its return
 * must arrive once. The service has recovered when it obeys a stop again.
 */
export async function expectAdopted(fixture: RealFixture, { fault, outcome, inject }: Outage): Promise<void> {
  const { chaos } = fixture;
  const linked = await fixture.link('one', 'other');
  const browsers = linked.map(({ browser }) => browser.pid);
  const launches = fixture.web.launches().length;
  const revs = linked.map(({ rev }) => rev);
  const injectedAt = performance.now();
  await inject(chaos);
  await untilWritable(chaos);
  const recoveredMs = Math.round(performance.now() - injectedAt);
  expect(linked.map(({ browser }) => browser.pid)).toEqual(browsers);
  await expectMessages(linked, chaos);
  expect(fixture.web.launches()).toHaveLength(launches);
  // They never were anything but ready.
  const values = linked.flatMap(({ key }, index) =>
    chaos.watcher.sightings(key).filter(({ session }) => session.rev > (revs[index] ?? 0)),
  );
  expect(values.filter(({ session }) => session.state !== 'ready')).toEqual([]);
  const client = await chaos.client();
  await client.ask('other', 'stop');
  await chaos.expectWhole({ [linked[0]?.key ?? '']: 'ready.online', [linked[1]?.key ?? '']: 'disconnected.stopped' });
  keepRow({ fault, outcome, recoveredMs });
}

/** The service is killed under two sessions and started again. */
export async function killService(fixture: RealFixture): Promise<void> {
  const { chaos } = fixture;
  const linked = await fixture.link('one', 'other');
  const former = chaos.liveBrowsers();
  const revs = linked.map(({ rev }) => rev);
  const injectedAt = performance.now();
  await chaos.restart('SIGKILL');
  const back = await Promise.all(
    linked.map(({ key }, index) => chaos.watcher.passes(key, ['authenticating', 'ready.online'], revs[index] ?? 0)),
  );
  expect(former.filter((browser) => browser.isAlive())).toEqual([]);
  await chaos.expectWhole(Object.fromEntries(linked.map(({ key }) => [key, 'ready.online'])));
  const since = linked.flatMap(({ key }, index) =>
    chaos.watcher.sightings(key).filter(({ session }) => session.rev > (revs[index] ?? 0)),
  );
  expect(since.map(({ session }) => session.state)).not.toContain('waiting_qr');
  await expectMessages(linked, chaos);
  keepRow({
    fault: 'kill -9 of the service, then started again',
    outcome: 'its browsers are reaped, sessions are ready again without a scan',
    recoveredMs: Math.round(Math.max(...back.map(({ at }) => at)) - injectedAt),
  });
}

/** A message for each session comes by, once. */
async function expectMessages(linked: readonly Linked[], { watcher }: ChaosFixture): Promise<void> {
  for (const { phone } of linked) phone.receives({ from: '491700000099', text: 'still there?' });
  await expect.poll(() => watcher.messages.length, { timeout: DEADLINE_MS }).toBe(linked.length);
  expect(new Set(watcher.messages).size).toBe(linked.length);
}

/** Resolves once the service takes requests again that it has to write down. */
async function untilWritable(chaos: ChaosFixture): Promise<void> {
  const client = await chaos.client();
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
