import { setTimeout as delay } from 'node:timers/promises';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { Session } from '../../src/domain/session.ts';
import { linkForGood, createEndToEndFixture } from './end-to-end-fixture.ts';

const ACTIONS = ['start', 'stop', 'restart', 'reconnect'] as const;
type Action = (typeof ACTIONS)[number];

const step = fc.record({
  action: fc.constantFrom<Action>(...ACTIONS),
  times: fc.integer({ min: 1, max: 3 }),
  waitMs: fc.integer({ min: 0, max: 700 }),
});
const isAsWanted = ({ state, desired, tags }: Session): boolean =>
  desired === 'running' ? state === 'ready' : tags.includes('at_rest');

it(
  'does what was asked last, with one browser at most, whatever was asked before and in whatever moment',
  { timeout: 120_000 },
  async () => {
    const fixture = await createEndToEndFixture();
    const { client } = await fixture.start();
    await linkForGood(fixture, client, 'sales', '491700000001');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 6 }), async (steps) => {
        let last: Action = 'start';
        for (const { action, times, waitMs } of steps) {
          const answers = await Promise.all(
            Array.from({ length: times }, () => client.call('POST', `/api/sessions/sales/${action}`)),
          );
          expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
          expect(fixture.liveBrowsers().length).toBeLessThanOrEqual(1);
          last = action;
          await delay(waitMs);
        }
        const settled = await client.until('sales', isAsWanted);
        expect(settled.desired).toBe(last === 'stop' ? 'stopped' : 'running');
        expect(fixture.liveBrowsers()).toHaveLength(last === 'stop' ? 0 : 1);
      }),
      { numRuns: 5, seed: 20261124, endOnFailure: true },
    );
  },
);
