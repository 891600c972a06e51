import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import puppeteer from 'puppeteer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BROWSER, FULL_BROWSER } from './installed-browsers.ts';
import { until, withFolder, withRealClient } from './real-client.ts';
import { type WhatsAppWeb, startWhatsAppWeb } from './server.ts';

/** Debian's start script for the headless shell, where it is installed: it does not become the browser. */
const DEBIAN_SCRIPTS = ['/usr/bin/chromium-headless-shell'].filter((script) => existsSync(script));

const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

describe('the way from a browser to the server', { timeout: 40_000 }, () => {
  let web: WhatsAppWeb;

  beforeEach(async () => {
    web = await startWhatsAppWeb();
  });
  afterEach(() => web.close());

  it.each<[browserPath: string, pipe: boolean]>([
    [BROWSER, true],
    [BROWSER, false],
    [FULL_BROWSER, true],
    [FULL_BROWSER, false],
    ...DEBIAN_SCRIPTS.map((script): [string, boolean] => [script, true]),
  ])(
    'leads %s (by a pipe: %s) here and nowhere else, and dies with the pid that Puppeteer knows',
    (browserPath, pipe) =>
      withFolder(async (userDataDir) => {
        const executablePath = await web.wrapperFor(browserPath);
        expect(basename(executablePath)).toBe(basename(browserPath));
        const headless = browserPath.includes('headless-shell') ? 'shell' : true;
        const browser = await puppeteer.launch({ executablePath, pipe, headless, args, userDataDir });
        try {
          const [launch] = web.launches();
          expect(launch).toMatchObject({ pid: browser.process()?.pid, userDataDir });
          const [page] = await browser.pages();
          await page?.goto('https://web.whatsapp.com/');
          await until(() => web.pages()[0]?.browserPid, launch?.pid);
          await expect(page?.goto('https://example.com/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED');
          const tree = launch?.processes() ?? [];
          expect(tree.length).toBeGreaterThan(2);

          const gone = new Promise((resolve) => browser.once('disconnected', resolve));
          process.kill(launch?.pid ?? NaN, 'SIGKILL');
          await gone;
          await until(() => launch?.isAlive(), false);
          await until(() => tree.filter((pid) => existsSync(`/proc/${pid}/exe`)).length, 0);
        } finally {
          await browser.close();
        }
      }),
  );

  it('trusts no other key than the server has', () =>
    withFolder(async (folder) => {
      const script = await readFile(await web.wrapperFor(BROWSER), 'utf8');
      const executablePath = join(folder, basename(BROWSER));
      const otherKey = Buffer.alloc(32, 7).toString('base64');
      await writeFile(executablePath, script.replace(/spki-list=[^']*/u, `spki-list=${otherKey}`), { mode: 0o755 });
      const browser = await puppeteer.launch({ executablePath, headless: 'shell', pipe: true, args });
      try {
        const [page] = await browser.pages();
        await expect(page?.goto('https://web.whatsapp.com/')).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID');
      } finally {
        await browser.close();
      }
    }));

  it('is the same wrapper for the same browser, and rejects what is not executable', async () => {
    const [one, same] = await Promise.all([web.wrapperFor(BROWSER), web.wrapperFor(BROWSER)]);
    expect(same).toBe(one);
    await expect(web.wrapperFor('/nowhere/chromium')).rejects.toThrow('ENOENT');
  });

  it('starts the arguments as they came, with spaces and quotes', () =>
    withFolder(async (folder) => {
      const bin = join(folder, `it's a browser`);
      await mkdir(bin);
      const fake = join(bin, 'chromium');
      await writeFile(fake, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
      const wrapper = await web.wrapperFor(fake);
      expect(spawnSync(wrapper, [`--user-data-dir=/a b/'c'`, '', '--x']).status).toBe(0);
      expect(web.launches()).toMatchObject([
        { args: [`--user-data-dir=/a b/'c'`, '', '--x'], userDataDir: `/a b/'c'` },
      ]);
      expect(web.launches()[0]?.isAlive()).toBe(false);
    }));

  it('leaves no file behind', () =>
    withFolder(async (directory) => {
      const other = await startWhatsAppWeb({ directory });
      await other.wrapperFor(BROWSER);
      expect(await readdir(directory)).toHaveLength(1);
      await other.close();
      expect(await readdir(directory)).toEqual([]);
    }));

  it('lives a whole life with a full Chromium', () =>
    withFolder(async (dataPath) => {
      const executablePath = await web.wrapperFor(FULL_BROWSER);
      const phone = web.phone('491700000001', 'Ada');
      await withRealClient({ executablePath, dataPath }, async (real) => {
        await real.start();
        await phone.scan(await real.nextText('qr'));
        await real.next('ready');
        phone.receives({ from: '491700000002', text: 'hello' });
        expect(await real.next('message')).toMatchObject([{ body: 'hello' }]);
      });
      await withRealClient({ executablePath, dataPath }, async (real) => {
        await real.start();
        await real.next('ready');
        expect(real.names()).toEqual(['authenticated', 'ready']);
        phone.logout();
        expect(await real.next('disconnected')).toEqual(['LOGOUT']);
        expect(await real.nextText('qr')).toMatch(/^2@/u);
      });
    }));
});
