// `npm run docs:pictures`: takes the pictures in docs/images/ anew, of the pages as they are and a service with simulated
// sessions.
import { fileURLToPath } from 'node:url';

import puppeteer, { type Browser, type Page } from 'puppeteer';

import { findBrowser } from '#find-executables';
import { startTestService, type TestService } from '../src/test-kit/index.ts';

const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url));
const USER = 'acme';
/** So long that the next attempt is still to come when the picture is taken. */
const BACKOFF = { RECONNECT_BASE_MS: '30000', RECONNECT_MAX_MS: '60000', RECONNECT_MAX_ATTEMPTS: '9' };

async function takeAll(service: TestService, browser: Browser): Promise<void> {
  await service.client(USER).session('events').ensure({ start: false });
  for (const id of ['billing', 'returns', 'sales', 'support']) await service.bring(id, 'ready', USER);
  await service.bring('warehouse', 'waiting_qr', USER);
  await failAfterCrash(service, 'lab');
  await service.bring('night-shift', 'ready', USER);
  await service.play('night-shift', { event: 'browser_crash' }, USER);
  await service.client(USER).session('night-shift').waitFor('reconnecting');

  const list = await open(service, browser, '/', 'light', 720);
  await list.waitForSelector('::-p-text(night-shift)');
  await take(list, 'console');

  const session = await open(service, browser, `/#/session/${USER}/night-shift`, 'light', 720);
  await session.waitForSelector('.neighbour');
  await take(session, 'session');

  const statechart = await open(service, browser, `/visualizer#/session/${USER}/lab`, 'dark', 800);
  await statechart.waitForSelector('.steps li');
  await statechart.locator('::-p-aria([name="Last failure"][role="button"])').click();
  await statechart.waitForSelector('.route-badges .badge');
  await take(statechart, 'statechart');
}

/** Crashes once, comes back, and is blocked: a history to look at. */
async function failAfterCrash(service: TestService, id: string): Promise<void> {
  const session = service.client(USER).session(id);
  await service.bring(id, 'ready', USER);
  await service.play(id, { event: 'browser_crash' }, USER);
  await session.waitFor('reconnecting');
  await session.reconnect({ wait: 15 });
  await session.waitFor('ready');
  await service.play(id, { event: 'block' }, USER);
  await session.waitFor('failed');
}

/** A page of its own browser, with an admin signed in. */
async function open(
  service: TestService,
  browser: Browser,
  address: string,
  scheme: 'light' | 'dark',
  height: number,
): Promise<Page> {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.setViewport({ width: 1280, height });
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
  await page.goto(`${service.url}/#token=${await service.token('ana', { scope: 'admin' })}`);
  await page.waitForSelector('.top-bar .avatar');
  await page.goto(service.url + address);
  await page.waitForSelector('.top-bar .avatar');
  return page;
}

/** Once nothing of the page moves any more. */
async function take(page: Page, name: string): Promise<void> {
  await page.evaluate('document.fonts.ready');
  await page.waitForNetworkIdle({ concurrency: 1 });
  await page.screenshot({ path: `${IMAGES}${name}.webp`, type: 'webp', quality: 80 });
}

const executablePath = findBrowser();
const service = await startTestService({ env: BACKOFF });
try {
  const browser = await puppeteer.launch({
    ...(executablePath !== null && { executablePath }),
    headless: 'shell',
    args: ['--no-sandbox'],
  });
  try {
    await takeAll(service, browser);
  } finally {
    await browser.close();
  }
} finally {
  await service.stop();
}
