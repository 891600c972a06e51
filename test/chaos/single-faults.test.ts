import { expect, it } from 'vitest';

import { KILLED_BROWSER, KILLED_RENDERER } from './browser-faults.ts';
import { createRealFixture } from './real-fixture.ts';
import { expectRecovery } from './recovery.ts';
import { expectAdopted, KILLED_REDIS, killService } from './service-faults.ts';

it.each([KILLED_BROWSER, KILLED_RENDERER])('$fault: $outcome, and its sibling does not notice', async (fault) => {
  await expectRecovery(await createRealFixture(), fault);
});

it('kill -9 of the service: the next one reaps its browsers, and both sessions are ready again without a scan', async () => {
  const fixture = await createRealFixture();
  await killService(fixture);
  expect(fixture.chaos.service.errors).toEqual([]);
});

it(`${KILLED_REDIS.fault}: ${KILLED_REDIS.outcome}`, async () => {
  await expectAdopted(await createRealFixture(), KILLED_REDIS);
});
