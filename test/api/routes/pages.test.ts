import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { buildPages } from '../../../visualizer/build-pages.ts';
import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
let directory: string;
beforeAll(async () => {
  fixture = await ApiFixture.open();
  directory = await mkdtemp(join(tmpdir(), 'wa-pages-'));
  await buildPages(directory);
});
beforeEach(() => fixture.renew({ pages: pathToFileURL(`${directory}/`) }));
afterAll(async () => {
  await fixture.close();
  await rm(directory, { recursive: true, force: true });
});

const open = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fixture.call('GET', path, { as: null, headers });

/** What a document names: its scripts, styles and icon. */
function namedIn(html: string): string[] {
  return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
}

describe.each(['/', '/visualizer', '/docs'])('the page at %s', (path) => {
  it('may run and show only what this server serves, and nothing inline', async () => {
    const { status, headers } = await open(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('names nothing of another host, and only what is there', async () => {
    const html = await (await open(path)).text();
    expect(html).not.toMatch(/https?:\/\/|<style|<script(?! type="module" src=)/);
    expect(namedIn(html).length).toBeGreaterThanOrEqual(3);
    for (const named of namedIn(html)) expect([named, (await open(named)).status]).toEqual([named, 200]);
  });

  it('is asked for anew each time, while its assets are kept for ever', async () => {
    const page = await open(path);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const script = namedIn(await page.text()).find((named) => named.endsWith('.js')) ?? '';
    expect((await open(script)).headers.get('cache-control')).toContain('immutable');
  });

  it('loads no more than 130 KB at first', async () => {
    let bytes = 0;
    for (const named of namedIn(await (await open(path)).text()))
      bytes += (await (await open(named, { 'accept-encoding': 'br' })).arrayBuffer()).byteLength;
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(130_000);
  });

  it('comes compressed to who takes that', async () => {
    const plain = await (await open(path)).text();
    const small = await open(path, { 'accept-encoding': 'gzip, br' });
    expect(small.headers.get('content-encoding')).toBe('br');
    expect(brotliDecompressSync(await small.arrayBuffer()).toString()).toBe(plain);
  });
});

describe('the assets', () => {
  it('are those of the pages alone', async () => {
    for (const path of [
      '/assets/none.js',
      '/assets/',
      '/assets/..%2findex.html',
      '/assets/%2e%2e/index.html',
      '/assets/../../../package.json',
    ]) {
      const response = await open(path);
      expect([path, response.status, response.headers.get('cache-control'), (await read(response))['code']]).toEqual([
        path,
        404,
        'no-store',
        'NOT_FOUND',
      ]);
    }
  });
});

describe('a service whose pages were not built', () => {
  it('leads a person to its documentation', async () => {
    await fixture.renew();
    const response = await open('/');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/docs']);
  });
});
