import { mkdir, rename } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import puppeteer, { type Page } from 'puppeteer';
import { describe, expect, it } from 'vitest';

import { snapshotCredentials } from '../../src/vault/credential-snapshot.ts';
import { browserCredentials } from '../../src/whatsapp/web/credentials.ts';
import { useTempDir } from '../temp-dir.ts';
import { BROWSER } from '../whatsapp-web/installed-browsers.ts';

const SNAPSHOTS = 4;
const ROWS = 40;

/**
 * Every transaction writes the same number into both stores, beside enough random bytes that tables are made and merged
 * all the time.
 */
const WRITER = `<script>
const settled = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
const opening = indexedDB.open('db', 1);
opening.onupgradeneeded = () => { for (const store of ['one', 'other']) opening.result.createObjectStore(store); };
window.opened = settled(opening);
window.write = async () => {
  const database = await window.opened;
  for (let n = 1; ; n += 1) {
    const filler = crypto.getRandomValues(new Uint8Array(n % 7 === 0 ? 60_000 : 9_000));
    const transaction = database.transaction(['one', 'other'], 'readwrite');
    for (const store of ['one', 'other']) transaction.objectStore(store).put({ n, filler: n % 11 === 0 ? new Blob([filler]) : filler }, n % ${ROWS});
    await new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onabort = () => reject(transaction.error); });
    window.written = n;
    localStorage.setItem('one', String(n));
    localStorage.setItem('other', String(n));
  }
};
window.read = async () => {
  const database = await window.opened;
  const numbers = async (store) => {
    const rows = await settled(database.transaction(store).objectStore(store).getAll());
    const whole = await Promise.all(rows.map(async ({ filler }) => (filler instanceof Blob ? (await filler.arrayBuffer()).byteLength : filler.length)));
    return { numbers: rows.map(({ n }) => n).sort((one, other) => one - other), whole: whole.every((length) => length === 9_000 || length === 60_000) };
  };
  return { one: await numbers('one'), other: await numbers('other'), storage: [localStorage.getItem('one'), localStorage.getItem('other')] };
};
</script>`;

interface Read {
  readonly one: { readonly numbers: number[]; readonly whole: boolean };
  readonly other: { readonly numbers: number[]; readonly whole: boolean };
  readonly storage: readonly [string | null, string | null];
}

async function withPage<T>(url: string, userDataDir: string, use: (page: Page) => Promise<T>): Promise<T> {
  const args = ['--enable-aggressive-domstorage-flushing', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  const browser = await puppeteer.launch({ executablePath: BROWSER, headless: 'shell', pipe: true, userDataDir, args });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    return await use(page);
  } finally {
    await browser.close();
  }
}

describe('A snapshot of a profile whose browser writes all the time', () => {
  it('opens as the profile was at one moment, with all that had been written before', async () => {
    const root = useTempDir();
    const server = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end(WRITER),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port');
    const url = `http://127.0.0.1:${address.port}/`;
    const before: number[] = [];
    const profileDir = join(root, 'profile');
    await mkdir(profileDir);
    try {
      await withPage(url, profileDir, async (page) => {
        await page.evaluate('void window.write()');
        for (let count = 0; count < SNAPSHOTS; count += 1) {
          const least = 80 * (count + 1);
          await page.waitForFunction(`window.written > ${least}`, { polling: 50, timeout: 60_000 });
          before.push(Number(await page.evaluate('window.written')));
          const snapshot = await snapshotCredentials(browserCredentials(profileDir));
          await rename(snapshot.directory, join(root, `copy-${count}`));
        }
      });
      for (const [count, written] of before.entries()) {
        const { one, other, storage } = (await withPage(url, join(root, `copy-${count}`), (page) =>
          page.evaluate('window.read()'),
        )) as Read;
        const newest = one.numbers.at(-1) ?? 0;
        expect(one).toEqual({
          numbers: Array.from({ length: ROWS }, (_, index) => newest - ROWS + 1 + index),
          whole: true,
        });
        expect(other).toEqual(one);
        expect(newest).toBeGreaterThanOrEqual(written);
        expect(storage[0]).toBe(storage[1]);
      }
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
