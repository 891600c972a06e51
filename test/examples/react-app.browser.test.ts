import puppeteer, { type Browser, type Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { serveExample, type Example } from '../../examples/react-app/serve.ts';
import { accessFaults, becomes, press, sees } from '../console/pages-fixture.ts';
import { BROWSER } from '../whatsapp-web/installed-browsers.ts';

let example: Example;
let browser: Browser;
let page: Page;
const faults: string[] = [];
beforeAll(async () => {
  example = await serveExample();
  browser = await puppeteer.launch({ executablePath: BROWSER, headless: 'shell', args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser.close();
  await example.close();
});
beforeEach(async () => {
  page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // A lost connection, and a session that is not there yet, are told by the browser itself.
    if (!message.text().startsWith('Failed to load resource')) faults.push(message.text());
  });
});
afterEach(async () => {
  await page.close();
  expect(faults.splice(0)).toEqual([]);
});

const shows = (title: string): Promise<void> =>
  becomes(
    () => page.$eval('h1', (heading) => heading.textContent),
    (found) => expect(found).toBe(title),
  );

describe('The example page', () => {
  it('links a phone that is not at hand', async () => {
    await page.goto(example.url);
    await shows('Link your WhatsApp');
    expect(await accessFaults(page)).toEqual([]);
    await press(page, 'Show a code');
    await shows('Scan this code');
    await sees(page, '::-p-text(A new code in)');
    await sees(page, '.code svg');
    expect(await accessFaults(page)).toEqual([]);
    await press(page, 'Scan the code');
    await shows('Connected');
    await sees(page, '::-p-text(Ana, +5215550001111)');
  });

  it('is connected after a reload, and shows no code on the way there', async () => {
    await example.service.bring('sales', 'ready');
    await page.evaluateOnNewDocument(() => {
      const seen = new Set<string>();
      Object.assign(globalThis, { seen });
      const look = (): void =>
        document.querySelectorAll('main').forEach((main) => seen.add(main.getAttribute('data-status') ?? ''));
      new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
    });
    await page.goto(example.url);
    await shows('Connected');
    await page.reload();
    await shows('Connected');
    expect(await page.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen])).toEqual([
      'loading',
      'ready',
    ]); // what the observer has kept
  });

  it('shows a code again after a logout on the phone', async () => {
    await example.service.bring('sales', 'ready');
    await page.goto(example.url);
    await press(page, 'Log out on the phone');
    await shows('Unlinked');
    await press(page, 'Show a code');
    await shows('Scan this code');
    await sees(page, '.code svg');
  });

  it('asks for patience while the network is away', async () => {
    await example.service.bring('sales', 'ready');
    await page.goto(example.url);
    await press(page, 'Lose the network');
    await shows('Reconnecting');
    await press(page, 'Bring the network back');
    await shows('Connected');
  });

  it('leaves it to a person who else may use the account, and unlinks it when told to', async () => {
    await example.service.bring('sales', 'ready');
    const { sessions } = example.service.client();
    const { since } = await sessions.get('sales');
    await page.goto(example.url);
    await press(page, 'Open it elsewhere');
    // The first time it takes over.
    await becomes(
      () => sessions.get('sales'),
      (session) => expect([session.state, session.since > since]).toEqual(['ready', true]),
    );
    await press(page, 'Open it elsewhere');
    await shows('Something is wrong');
    await sees(page, '::-p-text(It waits for you)');
    expect(await accessFaults(page)).toEqual([]);
    await press(page, 'Try now');
    await shows('Connected');
    await press(page, 'Unlink');
    await shows('Unlinked');
  });

  it('says that it is offline while the service is down, and goes on by itself', async () => {
    await example.service.bring('sales', 'ready');
    await page.goto(example.url);
    await shows('Connected');
    const restarted = example.service.restart('SIGKILL');
    await sees(page, '::-p-text(You are offline)');
    await restarted;
    await page.waitForSelector('main [role=status]:not(.code *)', { hidden: true });
    await shows('Connected');
  });
});
