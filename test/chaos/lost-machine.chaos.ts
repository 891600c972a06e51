import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';

import { link, loseMachine, createEndToEndFixture } from '../end-to-end/end-to-end-fixture.ts';
import { keepRow } from './rows.ts';

/** How long each session has been ready when everything is killed (s), the oldest first. */
const AGES = [60, 30, 10, 5, 2, 0];
/** A login must be sealed by then, however slow this computer is. */
const CERTAIN_S = 30;

it(
  'everything is killed and every profile deleted, some seconds after the scan: what was durable comes back without a QR code',
  { timeout: 600_000 },
  async () => {
    const fixture = await createEndToEndFixture({ MAX_SESSIONS_PER_USER: String(AGES.length) });
    const first = await fixture.start();
    const readyAt = new Map<number, number>();
    for (const [index, age] of AGES.entries()) {
      await link(fixture, first.client, `age-${age}`, `49170000000${index}`);
      readyAt.set(age, performance.now());
      const next = AGES[index + 1];
      if (next !== undefined) await delay(Math.max(0, (age - next) * 1_000));
    }
    const sessions = await Promise.all(AGES.map((age) => first.client.get(`age-${age}`)));
    const injectedAt = performance.now();
    await loseMachine(fixture, first);

    const { client } = await fixture.start();
    for (const [index, age] of AGES.entries()) {
      const durable = sessions[index]?.durable === true;
      const back = await client.until(
        `age-${age}`,
        ({ tags }) => tags.includes('connected') || tags.includes('needs_scan'),
      );
      const seconds = (injectedAt - (readyAt.get(age) ?? 0)) / 1_000;
      keepRow({
        fault: `the machine is lost ${seconds.toFixed(1)} s after the scan`,
        outcome: `${durable ? 'durable' : 'not durable yet'}: ${back.state === 'ready' ? 'ready again without a QR code' : 'a QR code again'}`,
        recoveredMs: Math.round(performance.now() - injectedAt),
      });
      if (durable) expect(back.state).toBe('ready');
      if (seconds >= CERTAIN_S) expect(durable).toBe(true);
    }
  },
);
