import puppeteer, { type Browser, type Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER } from './installed-browsers.ts';
import { until } from './real-client.ts';
import { type WhatsAppWeb, startWhatsAppWeb } from './server.ts';
import type { Misbehaviour, Moment, PageScript } from './settings.ts';

const SITE = 'https://web.whatsapp.com/';
/** How long a page that will never answer is asked. */
const PATIENCE_MS = 1_000;

const VERSION = '(window.Debug?.VERSION ?? null)';
const STATE = `window.require('WAWebSocketModel').Socket.state`;
const SYNCED = `window.require('WAWebSocketModel').Socket.hasSynced`;

describe('a page that fails', { timeout: 90_000 }, () => {
  let web: WhatsAppWeb;
  let executablePath: string;

  beforeAll(async () => {
    web = await startWhatsAppWeb({ settings: { sync: { when: 'early', durationMs: 0, steps: 1 } } });
    executablePath = await web.wrapperFor(BROWSER);
  });
  afterAll(async () => {
    const alive = web.launches().filter((launch) => launch.isAlive());
    await web.close();
    expect(alive).toEqual([]);
  });

  async function inBrowser(use: (page: Page, browser: Browser) => Promise<void>): Promise<void> {
    const browser = await puppeteer.launch({
      executablePath,
      headless: 'shell',
      pipe: true,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    try {
      const [page] = await browser.pages();
      if (page === undefined) throw new Error('The browser has no page');
      await use(page, browser);
    } finally {
      await browser.close();
    }
  }

  const scripted = (script: PageScript, use: (page: Page, browser: Browser) => Promise<void>): Promise<void> => {
    web.script(script);
    return inBrowser(use);
  };
  const answers = async (page: Page): Promise<boolean> => {
    const silence = new Promise<false>((resolve) => setTimeout(resolve, PATIENCE_MS, false));
    return Promise.race([
      page.evaluate('true').then(
        () => true,
        () => false,
      ),
      silence,
    ]);
  };
  const shownBy = (browser: Browser) => web.pages().find(({ browserPid }) => browserPid === browser.process()?.pid);

  async function linked(page: Page, browser: Browser): Promise<void> {
    await page.goto(SITE);
    await page.waitForFunction(`${VERSION} !== null && ${STATE} === 'UNPAIRED'`);
    const qr = await page.evaluate(`(async () => {
      const encode = window.require('WABase64').encodeB64;
      const noise = await window.require('WAWebUserPrefsInfoStore').waNoiseInfo.get();
      const registration = await window.require('WAWebSignalStoreApi').waSignalStore.getRegistrationInfo();
      return [
        window.require('WAWebConnModel').Conn.ref,
        encode(noise.staticKeyPair.pubKey),
        encode(registration.identityKeyPair.pubKey),
        window.require('WAWebUserPrefsMultiDevice').getADVSecretKey(),
        window.require('WAWebCompanionRegClientUtils').DEVICE_PLATFORM,
      ].join(',');
    })()`);
    await web.phone(`4917100${String(browser.process()?.pid)}`).scan(String(qr));
    await page.waitForFunction(`${STATE} === 'CONNECTED'`);
  }

  it.each([403, 503])('refuses with %i', (status) =>
    scripted({ kind: 'refuses', status }, async (page) => {
      expect((await page.goto(SITE))?.status()).toBe(status);
      expect(await page.evaluate(VERSION)).toBeNull();
    }),
  );

  it('never answers', () =>
    scripted({ kind: 'no_answer' }, async (page) => {
      await expect(page.goto(SITE, { timeout: PATIENCE_MS })).rejects.toThrow('Navigation timeout');
      expect(page.url()).toBe('about:blank');
    }));

  it('cuts the connection', () =>
    scripted({ kind: 'drops' }, (page) => expect(page.goto(SITE)).rejects.toThrow('net::ERR_')));

  it('begins a document that never ends', () =>
    scripted({ kind: 'never_ends' }, async (page) => {
      await expect(page.goto(SITE, { timeout: PATIENCE_MS })).rejects.toThrow('Navigation timeout');
      expect(page.url()).toBe(SITE);
    }));

  it('is blank', () =>
    scripted({ kind: 'blank' }, async (page) => {
      expect((await page.goto(SITE))?.status()).toBe(200);
      expect(await page.evaluate(VERSION)).toBeNull();
    }));

  it('lacks a module', () =>
    scripted({ kind: 'loads', settings: { missingModules: ['WAWebSocketModel'] } }, async (page) => {
      await page.goto(SITE);
      await page.waitForFunction(`${VERSION} !== null`);
      await expect(page.evaluate(STATE)).rejects.toThrow('Requiring unknown module "WAWebSocketModel"');
    }));

  it('keeps its socket opening', () =>
    scripted({ kind: 'loads', settings: { socket: 'stays_opening' } }, async (page, browser) => {
      await page.goto(SITE);
      await page.waitForFunction(`${VERSION} !== null`);
      expect(await page.evaluate(STATE)).toBe('OPENING');
      expect(shownBy(browser)).toBeUndefined();
    }));

  it('is connected and never synced', () =>
    scripted(
      { kind: 'loads', settings: { sync: { when: 'never', durationMs: 0, steps: 1 } } },
      async (page, browser) => {
        await linked(page, browser);
        expect(await page.evaluate(SYNCED)).toBe(false);
      },
    ));

  it('has synced before it says that it is connected', () =>
    inBrowser(async (page, browser) => {
      await linked(page, browser);
      expect(await page.evaluate(SYNCED)).toBe(true);
    }));

  it('is as heavy as it is told to be', () =>
    scripted({ kind: 'loads', settings: { heapMb: 40 } }, async (page, browser) => {
      await linked(page, browser);
      const { JSHeapUsedSize = 0 } = await page.metrics();
      expect(JSHeapUsedSize / 1e6).toBeGreaterThan(36);
      expect(JSHeapUsedSize / 1e6).toBeLessThan(60);
    }));

  it.each([true, false])('hangs while it loads (busy: %s)', (busy) =>
    scripted({ kind: 'fails', at: 'load', how: { kind: 'hang', busy } }, async (page) => {
      await expect(page.goto(SITE, { timeout: PATIENCE_MS })).rejects.toThrow('Navigation timeout');
      expect(await answers(page)).toBe(false);
    }),
  );

  it.each(['load', 'qr'] as const)('crashes at "%s"', (at) =>
    scripted({ kind: 'fails', at, how: { kind: 'crash' } }, async (page) => {
      const crashed = new Promise((resolve) => page.once('error', resolve));
      page.goto(SITE).catch(() => undefined);
      expect(await crashed).toMatchObject({ message: 'Page crashed!' });
    }),
  );

  it.each(['linked', 'synced'] satisfies Moment[])('hangs once it is %s', (at) =>
    scripted({ kind: 'fails', at, how: { kind: 'hang', busy: false } }, async (page, browser) => {
      linked(page, browser).catch(() => undefined);
      await until(() => shownBy(browser)?.moments.has(at) ?? false, true);
      await until(() => answers(page), false);
    }),
  );

  it.each([
    [{ kind: 'reload' }, `${VERSION} !== null && !window.isOld`],
    [{ kind: 'blank' }, `location.href === 'about:blank'`],
    [{ kind: 'break_internals' }, `(() => { try { return !window.require('WAWebCmd'); } catch { return true; } })()`],
  ] satisfies [Misbehaviour, string][])('goes wrong in the middle of its life: %o', (how, wrong) =>
    inBrowser(async (page, browser) => {
      await linked(page, browser);
      await page.evaluate('window.isOld = true');
      expect(await page.evaluate(wrong)).toBe(false);
      shownBy(browser)?.misbehave(how);
      await until(() => page.evaluate(wrong).catch(() => 'gone'), true);
    }),
  );

  it('crashes alone among many', () =>
    inBrowser((bystander) =>
      inBrowser(async (page, browser) => {
        await bystander.goto(SITE);
        await linked(page, browser);
        const crashed = new Promise((resolve) => page.once('error', resolve));
        shownBy(browser)?.misbehave({ kind: 'crash' });
        await crashed;
        expect(await answers(bystander)).toBe(true);
        expect(browser.connected).toBe(true);
      }),
    ));
});
