import type { Page } from 'puppeteer';
import { describe, expect, it } from 'vitest';

import { accessFaults, becomes, press, sees } from './pages-fixture.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();
const { visit } = pages;

const links = (page: Page): Promise<string[]> =>
  page.$$eval('.top-links a', (all) => all.map(({ textContent }) => textContent));
/** The language of the page, the theme that was chosen, and whether Swagger is dark. */
const look = (page: Page): Promise<unknown[]> =>
  page.evaluate(() => {
    const { lang, dataset, classList } = document.documentElement;
    return [lang, dataset['theme'] ?? 'none', classList.contains('dark-mode')];
  });
const looks =
  (...wanted: unknown[]) =>
  (found: unknown[]) =>
    expect(found).toEqual(wanted);

describe('the page of the API', () => {
  it('is for everybody, in the look and language that a visitor has chosen on any page', async () => {
    const page = await visit('/docs');
    await sees(page, '.swagger-ui .info');
    await sees(page, '.top-bar .brand');
    expect(await links(page)).toEqual(['Sessions', 'Statecharts', 'API']);
    await page.locator('summary.avatar').click();
    await page.locator('.menu ::-p-text(Dark)').click();
    await page.locator('.menu ::-p-text(Español)').click();
    await becomes(() => look(page), looks('es', 'dark', true));
    await page.locator('.menu ::-p-text(Entrar)').click();
    await sees(page, '.sign-in');
    await becomes(() => look(page), looks('es', 'dark', false));
    await page.goBack();
    await sees(page, '.swagger-ui .info');
    await becomes(() => look(page), looks('es', 'dark', true));
    expect(await page.title()).toBe('API · Sesiones de WhatsApp');
  });

  it('follows the machine of a visitor who has chosen nothing', async () => {
    const page = await visit('/docs', { scheme: 'dark', language: 'es' });
    await sees(page, '.swagger-ui .info');
    await becomes(() => look(page), looks('es', 'none', true));
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
    await becomes(() => look(page), looks('es', 'none', false));
  });

  it('tries a call as who is signed in, until they sign out', async () => {
    await pages.fixture.service.bring('sales', 'ready', 'trier');
    const page = await visit(await pages.fixture.linkFor('trier', { path: '/docs' }));
    await sees(page, '.swagger-ui .authorize.locked');
    await page.locator('.opblock-get ::-p-text(/api/sessions)').click();
    await press(page, 'Try it out');
    await press(page, 'Execute');
    await sees(page, '.live-responses-table ::-p-text(ready.online)');
    await page.locator('summary.avatar').click();
    await press(page, 'Sign out');
    await sees(page, '.swagger-ui .authorize.unlocked');
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  it('fits on a phone, and its own part can be used by everybody', async () => {
    const page = await visit('/docs', { device: 'phone' });
    await sees(page, '.swagger-ui .info');
    expect(await accessFaults(page, '.swagger-ui')).toEqual([]);
  });
});
