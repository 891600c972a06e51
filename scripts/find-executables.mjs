// Where the browser and Redis lie. Plain JavaScript, since set-up looks before anything is installed or built; the
// service and the tests look here too, as "#find-executables". Types are in find-executables.d.mts.
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What set-up unpacks where it may not install. */
export const VENDOR_DIR = join(dirname(dirname(fileURLToPath(import.meta.url))), '.vendor');

/** Executables that packages put where a plain user's PATH does not lead. */
const USUAL_DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/usr/local/sbin', '/usr/sbin'];
const BROWSERS_ON_PATH = ['chromium-headless-shell', 'chromium', 'google-chrome', 'google-chrome-stable'];
const FULL_BROWSERS_ON_PATH = BROWSERS_ON_PATH.filter((name) => name !== 'chromium-headless-shell');
const REDIS_ON_PATH = ['redis-server', 'valkey-server'];

/**
 * Debian's start script of the headless shell does not `exec`: whoever kills the pid it knows leaves the browser. The
 * binary itself does.
 */
const DEBIAN_SHELL = {
  script: '/usr/bin/chromium-headless-shell',
  binary: '/usr/lib/chromium/chromium-headless-shell',
};

export function findBrowser(env = process.env) {
  if (env.PUPPETEER_EXECUTABLE_PATH) return env.PUPPETEER_EXECUTABLE_PATH;
  const found =
    findInPuppeteerCache(['chrome-headless-shell', 'chrome'], env) ??
    findOnPath(BROWSERS_ON_PATH, env) ??
    inVendor('chromium/bin/chromium-headless-shell');
  return found === DEBIAN_SHELL.script && isExecutable(DEBIAN_SHELL.binary) ? DEBIAN_SHELL.binary : found;
}

export function findFullBrowser(env = process.env) {
  return (
    findInPuppeteerCache(['chrome'], env) ??
    findOnPath(FULL_BROWSERS_ON_PATH, env) ??
    inVendor('full-chromium/bin/chromium')
  );
}

export function findRedis(env = process.env) {
  return findOnPath(REDIS_ON_PATH, env) ?? inVendor('redis/bin/redis-server');
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function findOnPath(names, env) {
  const directories = [...(env.PATH ?? '').split(delimiter), ...USUAL_DIRECTORIES].filter(
    (directory) => directory !== '',
  );
  for (const name of names) {
    const found = directories.map((directory) => join(directory, name)).find(isExecutable);
    if (found !== undefined) return found;
  }
  return null;
}

function inVendor(path) {
  const file = join(VENDOR_DIR, path);
  return isExecutable(file) ? file : null;
}

/**
 * Puppeteer keeps `CACHE/PRODUCT/PLATFORM-VERSION/PRODUCT-PLATFORM/EXECUTABLE`. The first product's newest version
 * wins.
 */
function findInPuppeteerCache(products, env) {
  const cache = env.PUPPETEER_CACHE_DIR || join(homedir(), '.cache', 'puppeteer');
  for (const product of products) {
    for (const version of newestFirst(join(cache, product))) {
      const folder = join(cache, product, version);
      const inside = readdirSync(folder).filter((name) => name.startsWith(`${product}-`));
      const macApp = 'Google Chrome for Testing';
      const candidates = inside.flatMap((name) => [
        join(folder, name, product),
        join(folder, name, `${macApp}.app/Contents/MacOS`, macApp),
      ]);
      const found = candidates.find(isExecutable);
      if (found !== undefined) return found;
    }
  }
  return null;
}

function newestFirst(directory) {
  if (!existsSync(directory)) return [];
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map((entry) => entry.name).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}
