import type { Page } from 'puppeteer';
import { describe, expect, it } from 'vitest';

import { becomes, press, sees, write } from '../../console/pages-fixture.ts';
import { usePages } from '../../console/use-pages.ts';

const pages = usePages();
const { visit } = pages;

async function signIn(page: Page, userId: string, scope?: string): Promise<void> {
  await write(page, 'textarea', await pages.fixture.service.token(userId, scope === undefined ? {} : { scope }));
  await press(page, 'Sign in');
}

const isAsked = (page: Page): Promise<void> => sees(page, '.sign-in');
/** The path and fragment that the page is at, with somebody signed in. */
const isAt = (page: Page, address: string): Promise<void> =>
  becomes(
    () => page.evaluate(() => [location.pathname + location.hash, document.querySelector('.top-bar .avatar') !== null]),
    (found) => expect(found).toEqual([address, true]),
  );
/** The names of the links at the top, with a mark on the one where one is. */
const links = (page: Page): Promise<string[]> =>
  page.$$eval('.top-links a', (all) =>
    all.map((link) => `${link.textContent}${link.getAttribute('aria-current') === null ? '' : ' *'}`),
  );

describe('somebody who has signed in once', () => {
  it('is signed in on every page of the tab, over Back, Forward, a reload and a deep link', async () => {
    await pages.fixture.service.bring('sales', 'ready', 'walker');
    const page = await visit('/');
    await signIn(page, 'walker');
    await isAt(page, '/');
    await page.locator('.top-links ::-p-text(Statecharts)').click();
    await isAt(page, '/visualizer#/');
    await page.goBack();
    await isAt(page, '/');
    await page.goForward();
    await isAt(page, '/visualizer#/');
    await page.reload();
    await isAt(page, '/visualizer#/');
    await page.goto(`${pages.fixture.service.url}/#/session/walker/sales`);
    await isAt(page, '/#/session/walker/sales');
    await page.locator('.session-chart .panel-head a').click();
    await isAt(page, '/visualizer#/session/walker/sales');
    await page.locator('.top-links ::-p-text(API)').click();
    await isAt(page, '/docs');
    await sees(page, '.swagger-ui .info');
    await page.locator('.top-bar ::-p-text(Sessions)').click();
    await isAt(page, '/#/');
    await page.goBack();
    await page.goBack();
    await isAt(page, '/visualizer#/session/walker/sales');
  });

  it('is signed out on every page of the tab by signing out on one', async () => {
    const page = await visit('/');
    await signIn(page, 'leaver');
    await isAt(page, '/');
    await page.locator('.top-links ::-p-text(Statecharts)').click();
    await isAt(page, '/visualizer#/');
    await page.locator('summary.avatar').click();
    await press(page, 'Sign out');
    await isAsked(page);
    await page.goBack();
    await isAsked(page);
    await page.reload();
    await isAsked(page);
    await page.goForward();
    await isAsked(page);
  });

  it('is asked again when the browser shows a page that it had put aside before the tab was signed out', async () => {
    const page = await visit('/');
    await signIn(page, 'sleeper');
    await isAt(page, '/');
    await page.evaluate(() => {
      sessionStorage.clear();
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });
    await isAsked(page);
  });

  it('is asked on the next page if they would not stay signed in', async () => {
    const page = await visit('/');
    await page.locator('.sign-in .check input').click();
    await sees(page, '::-p-text(forgotten when you leave)');
    await signIn(page, 'stranger');
    await isAt(page, '/');
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await page.reload();
    await isAsked(page);
  });
});

describe('a link with a token', () => {
  it('signs the tab in, also in a page that is open already, and is not in its address or its history', async () => {
    const page = await visit(await pages.fixture.linkFor('guest'));
    await isAt(page, '/');
    await page.goto(pages.fixture.service.url + (await pages.fixture.linkFor('other')));
    await isAt(page, '/');
    await page.locator('summary.avatar').click();
    await sees(page, '.menu-who ::-p-text(other)');
    await page.goto(`${pages.fixture.service.url}/visualizer`);
    await isAt(page, '/visualizer');
    for (let back = 0; back < 2; back += 1) {
      await page.goBack();
      await isAt(page, '/');
    }
  });

  it('is taken out of the address also when it is no token', async () => {
    const page = await visit('/#token=nonsense');
    await isAsked(page);
    expect(page.url()).not.toContain('nonsense');
  });
});

describe('the links at the top', () => {
  it('are the same on every page, in one order, and say where one is', async () => {
    await pages.fixture.service.bring('sales', 'ready', 'chief');
    const page = await visit('/');
    await signIn(page, 'chief', 'admin');
    await isAt(page, '/');
    const at: Readonly<Record<string, string[]>> = {
      '/#/': ['Sessions *', 'Fleet', 'Statecharts', 'API'],
      '/#/session/chief/sales': ['Sessions *', 'Fleet', 'Statecharts', 'API'],
      '/#/fleet': ['Sessions', 'Fleet *', 'Statecharts', 'API'],
      '/visualizer#/': ['Sessions', 'Fleet', 'Statecharts *', 'API'],
      '/visualizer#/what-if/session': ['Sessions', 'Fleet', 'Statecharts *', 'API'],
      '/docs': ['Sessions', 'Fleet', 'Statecharts', 'API *'],
    };
    for (const [address, expected] of Object.entries(at)) {
      await page.goto(pages.fixture.service.url + address);
      await isAt(page, address);
      await becomes(
        () => links(page),
        (found) => expect(found).toEqual(expected),
      );
    }
  });
});
