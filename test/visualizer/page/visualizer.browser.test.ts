import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { recordedHistorySchema, replayHistory } from '../../../src/test-kit/index.ts';
import { accessFaults, becomes, PagesFixture, press, sees, type Visitor } from '../../console/pages-fixture.ts';

const PHONE_NUMBER = '5215550001111';

let fixture: PagesFixture;
const pages: Page[] = [];
beforeAll(async () => {
  fixture = await PagesFixture.open();
});
afterAll(() => fixture.close());
afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.browserContext().close()));
  expect(fixture.faults.splice(0)).toEqual([]);
});

async function openAs(userId: string, fragment: string, visit: Visitor = {}, scope?: string): Promise<Page> {
  const page = await fixture.visit(
    await fixture.visitor(),
    await fixture.linkFor(userId, { path: '/visualizer', ...(scope === undefined ? {} : { scope }) }),
    visit,
  );
  pages.push(page);
  await sees(page, '.chart-state');
  await page.evaluate((to) => (location.hash = to), fragment);
  return page;
}

/** The innermost state that is lit up. */
const active = (page: Page) => (): Promise<string | undefined> =>
  page.$$eval(
    '.chart-state[data-active=true]',
    (states) => states.map((state) => state.getAttribute('data-item') ?? '').toSorted((a, b) => b.length - a.length)[0],
  );
const taken = (page: Page) => (): Promise<string[]> =>
  page.$$eval('.chart-route[data-kind="-taken"]', (routes) =>
    routes.map((route) => route.getAttribute('data-item') ?? ''),
  );
const is =
  <Value>(wanted: Value) =>
  (found: Value) =>
    expect(found).toEqual(wanted);

describe('the visualizer', () => {
  it('lights up where a session is, what it took there, and how long it will wait', async () => {
    await fixture.service.bring('sales', 'waiting_qr', 'liver');
    const page = await openAs('liver', '#/session/liver/sales');
    await becomes(active(page), is<string | undefined>('session.waiting_qr.scan'));
    await sees(page, '[data-of="session.waiting_qr.scan"] .badge');
    await fixture.service.phone('sales', 'liver').scan(PHONE_NUMBER, 'Ana Example');
    await becomes(active(page), is<string | undefined>('session.ready.online'));
    await becomes(taken(page), is(['session.authenticating>session.ready']));
    const shown = await page.content();
    expect([PHONE_NUMBER, 'Ana Example', 'liver-token'].filter((secret) => shown.includes(secret))).toEqual([]);
    expect(await accessFaults(page)).toEqual([]);
  });

  it('goes back to a failure and shows what led there; the exported history replays in a test', async () => {
    await fixture.service.bring('sales', 'failed', 'loser');
    const page = await openAs('loser', '#/session/loser/sales');
    await sees(page, '.steps li');
    await press(page, 'Last failure');
    await becomes(active(page), is<string | undefined>('session.failed.closing'));
    await sees(page, '.route-badges .badge');
    await sees(page, '.step-details ::-p-text(WhatsApp Web was opened elsewhere)');
    await page.focus('.track input');
    await page.keyboard.press('Home');
    await becomes(active(page), is<string | undefined>('session.disconnected.queued'));
    const folder = await mkdtemp(join(tmpdir(), 'wa-history-'));
    try {
      const session = await page.createCDPSession();
      await session.send('Page.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
      await press(page, 'Export JSON');
      await becomes(() => readdir(folder), is(['session-history.json']));
      await becomes(
        async () =>
          recordedHistorySchema.safeParse(JSON.parse(await readFile(join(folder, 'session-history.json'), 'utf8')))
            .success,
        is(true),
      );
      const exported = recordedHistorySchema.parse(
        JSON.parse(await readFile(join(folder, 'session-history.json'), 'utf8')),
      );
      expect(replayHistory(exported)).toEqual({ kind: 'same', steps: exported.transitions.length });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    await press(page, 'Back to now');
    await becomes(active(page), is<string | undefined>('session.failed.parked'));
  });

  it('counts the sessions in each state, and shows which of them moves, on a phone and with the longest name too', async () => {
    await fixture.service.bring('one'.padEnd(64, '-and-more'), 'ready', 'counter');
    await fixture.service.bring('two', 'ready', 'counter');
    const page = await openAs('counter', '#/', { device: 'phone' });
    const count = (state: string) => (): Promise<string | null> =>
      page.$eval(`.totals li[data-state=${state}] strong`, (total) => total.textContent);
    await becomes(count('ready'), is<string | null>('2'));
    await fixture.service.phone('two', 'counter').logout();
    await becomes(count('ready'), is<string | null>('1'));
    await sees(page, '.steps li ::-p-text(counter/two)');
    expect(await accessFaults(page)).toEqual([]);
  });

  it('imagines what would happen if, without the service', async () => {
    const page = await openAs('dreamer', '#/what-if/session', { device: 'phone', language: 'es', scheme: 'dark' });
    await becomes(active(page), is<string | undefined>('session.disconnected.never_started'));
    for (const event of ['session.start', 'launch.granted', 'browser.qr', 'browser.authenticated', 'browser.ready'])
      await page.locator(`.events button ::-p-text(${event})`).click();
    await becomes(active(page), is<string | undefined>('session.ready.online'));
    await page.select('.knobs .choice:last-child select', 'blocked');
    await page.locator('.events button ::-p-text(browser.lost)').click();
    await becomes(active(page), is<string | undefined>('session.failed.closing'));
    await press(page, 'Un paso atrás');
    await becomes(active(page), is<string | undefined>('session.ready.online'));
    expect(await accessFaults(page)).toEqual([]);
  });

  it('can be walked over with the arrow keys, and read as a list', async () => {
    const page = await openAs('walker', '#/what-if/breaker');
    await becomes(active(page), is<string | undefined>('breaker.closed'));
    await page.$eval('[data-item="breaker.closed"]', (state) => state instanceof SVGElement && state.focus());
    await page.keyboard.press('ArrowDown');
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-item') ?? null);
    expect(focused).not.toBe('breaker.closed');
    await page.keyboard.press('Enter');
    await sees(page, '.chart-details[data-kept=true]');
    await page.focus('.chart-details .close');
    await page.keyboard.press('Escape');
    await becomes(() => page.evaluate(() => document.activeElement?.getAttribute('data-item') ?? null), is(focused));
    await page.locator('.chart-list summary').click();
    await sees(page, '.chart-list li[aria-current] ::-p-text(closed)');
    expect(await accessFaults(page)).toEqual([]);
  });

  it('shows an admin how the nodes’ breakers and supervisors stand, and nobody else', async () => {
    const admin = await openAs('root', '#/machine/breaker', {}, 'admin');
    await becomes(active(admin), is<string | undefined>('breaker.closed'));
    await admin.locator('.tabs ::-p-text(Supervisor)').click();
    await becomes(active(admin), is<string | undefined>('supervisor.running'));
    await admin.locator('.nodes a').click();
    await becomes(() => admin.evaluate(() => location.hash.split('/').length), is(4));
    await becomes(active(admin), is<string | undefined>('supervisor.running'));
    expect(await accessFaults(admin)).toEqual([]);
    const other = await openAs('plain', '#/machine/breaker');
    await sees(other, '.notice');
    expect(await other.$$('.chart-state[data-active=true]')).toEqual([]);
  });
});
