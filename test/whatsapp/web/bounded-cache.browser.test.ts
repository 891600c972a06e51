import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import puppeteer from 'puppeteer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { diskUsage } from '../../../src/host/disk-usage.ts';
import { BoundedCache, cacheDirIn } from '../../../src/whatsapp/web/bounded-cache.ts';
import { launchArguments } from '../../../src/whatsapp/web/chromium/launch-arguments.ts';
import { clearPageCache } from '../../../src/whatsapp/web/page/page-watch.ts';
import { useTempDir } from '../../temp-dir.ts';
import { BROWSER } from '../../whatsapp-web/installed-browsers.ts';
import { createChromiumFixture, type ChromiumFixture } from './chromium-fixture.ts';
import { ContractFixture } from '../contract/contract-fixture.ts';

const MIB = 2 ** 20;

/** A server of media that a browser may keep for long, a megabyte each. */
async function serveMedia(): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('cache-control', 'public, max-age=100000');
    response.end(request.url === '/' ? '' : randomBytes(MIB));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
}

describe('The HTTP cache of a browser', () => {
  it('has a directory of its own, and is emptied once it has grown beyond its bound', async () => {
    const profileDir = useTempDir();
    const url = await serveMedia();
    const args = launchArguments({
      profileDir,
      headless: 'shell',
      isSandboxed: false,
      userAgent: 'UA',
      browserArgs: [],
    });
    const browser = await puppeteer.launch({ executablePath: BROWSER, args, ignoreDefaultArgs: true, pipe: true });
    onTestFinished(() => browser.close());
    const [page] = await browser.pages();
    if (page === undefined) throw new Error('The browser shows no page.');
    const cache = new BoundedCache({
      directory: cacheDirIn(profileDir),
      bytes: 8 * MIB,
      clear: () => clearPageCache(page),
    });
    await page.goto(url);
    const load = (from: number) =>
      page.evaluate(
        `(async () => { for (let i = ${from}; i < ${from} + 6; i += 1) await (await fetch('/' + i)).arrayBuffer(); })()`,
      );
    const used = () => diskUsage(cacheDirIn(profileDir));
    await load(0);
    await expect.poll(used).toBeGreaterThan(6 * MIB);
    await cache.look();
    expect(await used()).toBeGreaterThan(6 * MIB);
    await load(6);
    await expect.poll(used).toBeGreaterThan(12 * MIB);
    await cache.look();
    await expect.poll(used).toBeLessThan(2 * MIB);
    expect(await diskUsage(profileDir)).toBeLessThan(8 * MIB);
  });

  describe('that a former browser has left', { timeout: 120_000 }, () => {
    const fixture = new ContractFixture(() => createChromiumFixture({ driver: { cacheBytes: MIB } }), 60_000);
    fixture.install();

    it('is thrown away at the next launch where it is too large', async () => {
      const subject = fixture.subject();
      const left = join(cacheDirIn(subject.profileDir), 'left');
      await mkdir(cacheDirIn(subject.profileDir), { recursive: true });
      await writeFile(left, randomBytes(2 * MIB));
      await fixture.openReady(subject);
      expect(await diskUsage(left)).toBe(0);
      expect(await diskUsage(cacheDirIn(subject.profileDir))).toBeLessThan(MIB);
    });

    it('is emptied beside the probes', async () => {
      const opened = await fixture.openReady();
      const directory = cacheDirIn(opened.subject.profileDir);
      const environment = fixture.environment as ChromiumFixture;
      expect(environment.launch(opened.subject).args).toContain(`--disk-cache-dir=${directory}`);
      environment.page(opened.subject).misbehave({ kind: 'load_media', megabytes: 3 });
      await expect.poll(() => diskUsage(directory)).toBeGreaterThan(2 * MIB);
      await fixture.probeUntil(opened, ({ kind }) => kind === 'alive');
      await expect.poll(() => diskUsage(directory)).toBeLessThan(MIB);
    });
  });
});
