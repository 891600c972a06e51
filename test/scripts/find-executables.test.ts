import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

import { findBrowser, findFullBrowser, findRedis } from '#find-executables';

import { useTempDir } from '../temp-dir.ts';

function program(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  return path;
}

const inCache = (cache: string, product: string, version: string) =>
  program(join(cache, product, `linux-${version}`, `${product}-linux64`, product));

it('the browser that was named is taken, whatever else is there', () => {
  expect(findBrowser({ PUPPETEER_EXECUTABLE_PATH: '/opt/browser', PATH: useTempDir() })).toBe('/opt/browser');
});

it('of Puppeteer’s browsers the newest headless shell is taken, before the PATH is looked at', () => {
  const cache = useTempDir();
  const path = useTempDir();
  program(join(path, 'chromium-headless-shell'));
  inCache(cache, 'chrome', '150.0.0.1');
  inCache(cache, 'chrome-headless-shell', '99.0.0.1');
  const newest = inCache(cache, 'chrome-headless-shell', '146.0.7680.31');
  expect(findBrowser({ PUPPETEER_CACHE_DIR: cache, PATH: path })).toBe(newest);
});

it('an empty cache of Puppeteer’s is passed by', () => {
  const cache = useTempDir();
  mkdirSync(join(cache, 'chrome-headless-shell', 'linux-146.0.7680.31'), { recursive: true });
  const path = useTempDir();
  const shell = program(join(path, 'chromium-headless-shell'));
  expect(findBrowser({ PUPPETEER_CACHE_DIR: cache, PATH: path })).toBe(shell);
});

it('a headless shell on the PATH is taken before a full browser that comes earlier on it', () => {
  const [first, second, cache] = [useTempDir(), useTempDir(), useTempDir()];
  program(join(first, 'google-chrome'));
  program(join(first, 'chromium'));
  const shell = program(join(second, 'chromium-headless-shell'));
  expect(findBrowser({ PUPPETEER_CACHE_DIR: cache, PATH: `${first}:${second}` })).toBe(shell);
});

it('a file that may not be run is no browser', () => {
  const [first, second, cache] = [useTempDir(), useTempDir(), useTempDir()];
  writeFileSync(join(first, 'chromium-headless-shell'), '', { mode: 0o644 });
  const shell = program(join(second, 'chromium-headless-shell'));
  expect(findBrowser({ PUPPETEER_CACHE_DIR: cache, PATH: `${first}:${second}` })).toBe(shell);
});

it('Redis is taken from the PATH', () => {
  const path = useTempDir();
  const server = program(join(path, 'redis-server'));
  expect(findRedis({ PATH: path })).toBe(server);
});

it('a full browser is the newest in Puppeteer’s cache, else one on the PATH, but never a headless shell', () => {
  const [path, cache] = [useTempDir(), useTempDir()];
  program(join(path, 'chromium-headless-shell'));
  const onPath = program(join(path, 'chromium'));
  inCache(cache, 'chrome-headless-shell', '151.0.0.1');
  expect(findFullBrowser({ PUPPETEER_CACHE_DIR: cache, PATH: path })).toBe(onPath);
  const inCaches = inCache(cache, 'chrome', '150.0.0.1');
  expect(findFullBrowser({ PUPPETEER_CACHE_DIR: cache, PATH: path })).toBe(inCaches);
});
