import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import puppeteer from 'puppeteer';

import { findBrowser } from '#find-executables';

const ROWS_A_MEGABYTE = 20;
const TABLE_MB = 2;

/** Run in a page: rows of 50 kB, every other one random as media are, the others text as messages are. */
const FILL = (megabytes: number): string => `(async () => {
  const opening = indexedDB.open('model-storage', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('rows');
  const database = await new Promise((resolve, reject) => { opening.onsuccess = () => resolve(opening.result); opening.onerror = () => reject(opening.error); });
  for (let row = 0; row < ${megabytes * ROWS_A_MEGABYTE}; row += 1) {
    const noise = crypto.getRandomValues(new Uint8Array(50_000));
    const text = Array.from(noise.subarray(0, 2_500), (byte) => '{"from":"49170000' + byte + '"}').join('').slice(0, 50_000);
    const transaction = database.transaction('rows', 'readwrite');
    transaction.objectStore('rows').put(row % 2 === 0 ? noise : text, row);
    await new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onabort = () => reject(transaction.error); });
  }
  localStorage.setItem('last-wid-md', 'bench');
})()`;

/** A profile that the browser itself has written, with this much in IndexedDB. The browser has closed. */
export async function writeDatabases(profileDir: string, megabytes: number): Promise<void> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('The bench needs a browser');
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<p>bench'),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await puppeteer.launch({
    executablePath,
    headless: executablePath.includes('headless-shell') ? 'shell' : true,
    pipe: true,
    userDataDir: profileDir,
    args,
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    await page.evaluate(FILL(megabytes));
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

/** Files that lie and are named as a database's tables, of this much together. */
export async function writeTables(profileDir: string, megabytes: number): Promise<void> {
  const directory = join(profileDir, 'Default', 'IndexedDB', 'https_web.whatsapp.com_0.indexeddb.leveldb');
  await mkdir(directory, { recursive: true });
  for (let written = 0; written < megabytes; written += TABLE_MB)
    await writeFile(
      join(directory, `${written}.ldb`),
      randomBytes(Math.min(TABLE_MB, megabytes - written) * 1_000_000),
    );
}
