import { setTimeout as delay } from 'node:timers/promises';
import { it } from 'vitest';

import type { Client } from '../../service/client.ts';
import { renderersOf } from '../processes.ts';
import { createRealFixture, FREQUENT_PROBES, type Linked, type RealFixture } from '../real-fixture.ts';
import { keepRow } from '../rows.ts';
import { expectWhole } from './expect-whole.ts';
import { insist } from './insist.ts';
import { type Sides, Traffic } from './traffic.ts';

const SESSION = 'sales';
const FROZEN_MS = 5_000;
/** Out, and as many in, around each strike. */
const MESSAGES = 20;
const RUNS_FOR_MS = 900_000;

/** Kills the kernel does, freezes, and a page that hangs; each strikes wherever the messages are just then. */
const BLOWS: Readonly<Record<string, (fixture: RealFixture, linked: Linked) => Promise<void> | void>> = {
  'kill -9 of the browser': (_, { browser }) => void process.kill(-browser.pid, 'SIGKILL'),
  'kill -9 of the page': (_, { browser }) => {
    for (const renderer of renderersOf(browser.pid)) process.kill(renderer, 'SIGKILL');
  },
  'SIGSTOP of the browser': (_, { browser }) => void process.kill(browser.pid, 'SIGSTOP'),
  'the page hangs': (_, { page }) => page.misbehave({ kind: 'hang', busy: false }),
  'the page reloads': (_, { page }) => page.misbehave({ kind: 'reload' }),
  'kill -9 of the service': ({ chaos }) => chaos.restart('SIGKILL'),
  'SIGTERM of the service': ({ chaos }) => chaos.restart('SIGTERM'),
  'kill -9 of Redis': ({ chaos }) => void process.kill(chaos.redisPid, 'SIGKILL'),
  'SIGSTOP of Redis': async ({ chaos }) => {
    const pid = chaos.redisPid;
    process.kill(pid, 'SIGSTOP');
    await delay(FROZEN_MS);
    process.kill(pid, 'SIGCONT');
  },
};

it(
  'in a real browser none is lost, doubled or wrongly reported, whatever is killed or frozen while messages go both ways',
  { timeout: RUNS_FOR_MS },
  async () => {
    const fixture = await createRealFixture(FREQUENT_PROBES);
    const [linked] = await fixture.link(SESSION);
    if (linked === undefined) throw new Error('There is no session.');
    const traffic = new Traffic(await sidesOf(fixture, linked));
    // The first go out undisturbed: a chat is there.
    await traffic.run(MESSAGES);
    for (const blow of Object.values(BLOWS)) {
      const running = traffic.run(MESSAGES);
      // In the middle of them.
      await delay(100);
      await blow(fixture, linked);
      await running;
      await (await fixture.chaos.client()).until(SESSION, ({ value }) => value === 'ready.online');
    }
    const { out, in: received, unknown } = await expectWhole(traffic);
    keepRow({
      fault: `${Object.keys(BLOWS).length} kills and freezes of a real browser, its page, the service and Redis while ${out} messages go out and ${received} come in`,
      outcome: `0 lost, 0 doubled, 0 wrongly reported, each chat in order; ${unknown.length} unknown`,
      recoveredMs: null,
    });
  },
);

async function sidesOf({ chaos }: RealFixture, { phone }: Linked): Promise<Sides> {
  // The service is another one after each restart; a token of any is good at each.
  let client: Client = await chaos.client();
  const renew = (): Client => {
    chaos.client().then(
      (next) => (client = next),
      () => undefined,
    );
    return client;
  };
  const path = `/api/sessions/${SESSION}/pacing`;
  await client.call('PUT', path, { burst: 1_000, perSecond: 1_000, jitter: 0 });
  return {
    client: renew,
    insist: (...asked) => insist(renew, SESSION, asked),
    receives: (from, text) => void phone.receives({ from, text }),
    posted: () => phone.sent().map(({ id, to, body }) => ({ waId: id, chat: to.replace(/@.*/, ''), text: body })),
  };
}
