import { fileURLToPath } from 'node:url';

import axe, { type AxeResults } from 'axe-core';
import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer';
import { vi } from 'vitest';

import { startTestService, type TestService, type TestServiceOptions } from '../../src/test-kit/index.ts';
import type { TokenOptions } from '../../src/test-kit/test-service.ts';
import { buildPages } from '../../visualizer/build-pages.ts';
import { BROWSER } from '../whatsapp-web/installed-browsers.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };

/** How a visitor's machine is set. */
export interface Visitor {
  readonly language?: 'en' | 'es';
  readonly scheme?: 'light' | 'dark';
  readonly device?: 'desktop' | 'phone';
}

/** The service with its pages, and a browser to see them in. */
export class PagesFixture {
  readonly service: TestService;
  readonly #browser: Browser;
  /**
   * What no page should have done: asked another host, broken a rule of its policy, thrown, or said something to the
   * console.
   */
  readonly faults: string[] = [];

  private constructor(service: TestService, browser: Browser) {
    this.service = service;
    this.#browser = browser;
  }

  static async open(options: TestServiceOptions = {}): Promise<PagesFixture> {
    await buildPages(fileURLToPath(new URL('../../dist/pages/', import.meta.url)));
    const service = await startTestService(options);
    try {
      return new PagesFixture(
        service,
        await puppeteer.launch({ executablePath: BROWSER, headless: 'shell', args: ['--no-sandbox'] }),
      );
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.service.stop();
  }

  /** Somebody's own browser: its pages share what is stored. */
  visitor(): Promise<BrowserContext> {
    return this.#browser.createBrowserContext();
  }

  async visit(
    context: BrowserContext,
    path: string,
    { language = 'en', scheme = 'light', device = 'desktop' }: Visitor = {},
  ): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE.timeout);
    await page.setViewport(
      device === 'desktop' ? { width: 1280, height: 800 } : { width: 390, height: 844, isMobile: true, hasTouch: true },
    );
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setExtraHTTPHeaders({ 'accept-language': language });
    await page.evaluateOnNewDocument(
      (chosen) => Object.defineProperty(navigator, 'languages', { get: () => [chosen] }),
      language,
    );
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('console', (message) => {
      // A refusal and a lost connection are told by the browser itself.
      if (!message.text().startsWith('Failed to load resource'))
        this.faults.push(`${message.type()}: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(this.service.url) && !request.url().startsWith('data:'))
        this.faults.push(`asked ${request.url()}`);
    });
    await page.goto(this.service.url + path);
    return page;
  }

  /** The link that signs a user in, as the service prints one. */
  async linkFor(
    userId: string,
    { path = '/', ...token }: TokenOptions & { readonly path?: string } = {},
  ): Promise<string> {
    return `${path}#token=${await this.service.token(userId, token)}`;
  }
}

/** Resolves once an element that matches is there; `::-p-text(…)` and `::-p-aria(…)` as puppeteer has them. */
export async function sees(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector);
}

/** Puts text where another may be, as a person who pastes it. */
export async function write(page: Page, selector: string, text: string): Promise<void> {
  await page.waitForSelector(selector);
  await page.focus(selector);
  await page.keyboard.down('Control');
  await page.keyboard.press('KeyA');
  await page.keyboard.up('Control');
  await page.keyboard.sendCharacter(text);
}

export async function press(page: Page, name: string): Promise<void> {
  await page.locator(`::-p-aria([name="${name}"][role="button"])`).click();
}

/** Waits until what is read of a page is as it should be. Says how it was when it never is. */
export function becomes<Value>(read: () => Promise<Value>, check: (value: Value) => void): Promise<void> {
  return vi.waitFor(async () => check(await read()), PATIENCE);
}

/**
 * What axe finds wrong with the page as it is now, one line each, and whether it is wider than its window. `foreign` is
 * a part that is not ours.
 */
export async function accessFaults(page: Page, foreign: string | null = null): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async (exclude): Promise<AxeResults> => {
    const { axe: loaded } = globalThis as unknown as { axe: typeof axe }; // what the line before has loaded
    return loaded.run(exclude === null ? document : { exclude });
  }, foreign);
  const [width, room] = await page.evaluate(
    () => [document.documentElement.scrollWidth, document.documentElement.clientWidth] as const,
  );
  const tooWide = width > room ? [`wider than its window: ${width} of ${room} px`] : [];
  const against = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
  return [...tooWide, ...against];
}
