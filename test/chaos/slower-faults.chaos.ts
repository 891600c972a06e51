import { expect, it } from 'vitest';

import { SLOWER_FAULTS } from './browser-faults.ts';
import { DEADLINE_MS, keyOf } from './chaos-fixture.ts';
import { FREQUENT_PROBES, createRealFixture } from './real-fixture.ts';
import { expectRecovery } from './recovery.ts';
import { keepRow } from './rows.ts';
import { expectAdopted, FROZEN_REDIS } from './service-faults.ts';

it.each(SLOWER_FAULTS)('$fault: $outcome, and its sibling does not notice', async (fault) => {
  await expectRecovery(await createRealFixture(FREQUENT_PROBES), fault);
});

it(`${FROZEN_REDIS.fault}: ${FROZEN_REDIS.outcome}`, async () => {
  await expectAdopted(await createRealFixture(), FROZEN_REDIS);
});

it('a page that reloads: its session stays ready in the same browser, and messages go on', async () => {
  const fixture = await createRealFixture();
  const { chaos } = fixture;
  const [linked] = await fixture.link('one');
  if (linked === undefined) throw new Error('There is no session.');
  const { page, browser, phone } = linked;
  const launches = fixture.web.launches().length;
  const injectedAt = performance.now();
  page.misbehave({ kind: 'reload' });
  await expect
    .poll(() => linked.page.id !== page.id && linked.page.moments.has('synced'), { timeout: DEADLINE_MS })
    .toBe(true);
  await expect
    .poll(
      () => {
        phone.receives({ from: '491700000099', text: 'still there?' });
        return chaos.watcher.messages.length;
      },
      { timeout: DEADLINE_MS, interval: 500 },
    )
    .toBeGreaterThan(0);
  const recoveredMs = Math.round(performance.now() - injectedAt);
  await chaos.expectWhole({ [linked.key]: 'ready.online' });
  expect(linked.browser.pid).toBe(browser.pid);
  expect(fixture.web.launches()).toHaveLength(launches);
  keepRow({ fault: 'a page that reloads', outcome: 'stays `ready` in the same browser', recoveredMs });
});

it('a QR code that nobody scans: the browser is given back', async () => {
  const qrWindowMs = 3_000;
  const { chaos } = await createRealFixture({ QR_WINDOW_MS: String(qrWindowMs) });
  await (await chaos.client()).create('idle');
  const shown = await chaos.watcher.passes(keyOf('idle'), ['waiting_qr'], 0);
  const { at } = await chaos.watcher.passes(keyOf('idle'), ['disconnected.qr_expired'], 0);
  await chaos.expectWhole({ [keyOf('idle')]: 'disconnected.qr_expired' });
  expect(chaos.liveBrowsers()).toEqual([]);
  keepRow({
    fault: 'a QR code that nobody scans',
    outcome: '`disconnected` with `qr_expired` after `QR_WINDOW_MS`: the browser is given back',
    recoveredMs: Math.round(at - shown.at - qrWindowMs),
  });
});
