/**
 * Playwright looks at your page, the test kit plays the phone. With `@playwright/test` as the runner it is
 * `test.beforeAll` and `test.afterAll`, and each test is given its `page`.
 */
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findBrowser } from '#find-executables';
import { serveExample, type Example } from '../react-app/serve.ts';

let app: Example;
let browser: Browser;
beforeAll(async () => {
  // Your page, and `startTestService()` beside it.
  app = await serveExample();
  // Leave the path out where Playwright has installed its own browser.
  browser = await chromium.launch({ executablePath: findBrowser() ?? '' });
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

test('Ana links her phone, and later unlinks it there', async () => {
  const page = await browser.newPage();
  await page.goto(app.url);
  await page.getByRole('button', { name: 'Show a code' }).click();
  await page.getByRole('img', { name: 'QR code' }).waitFor();

  const phone = app.service.phone('sales', 'ana');
  await phone.scan('5215550001111', 'Ana');
  await page.getByText('+5215550001111').waitFor();
  await page.getByRole('heading', { name: 'Connected' }).waitFor();

  await phone.logout();
  await page.getByRole('heading', { name: 'Unlinked' }).waitFor();
  expect(await page.getByRole('img', { name: 'QR code' }).count()).toBe(0);
});
