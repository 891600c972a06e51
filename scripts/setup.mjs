// Brings up what is missing, and only that: packages, a browser, a Redis, the build. Plain Node, no dependency. Run
// alone or by start.mjs and test.mjs.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { getDebianPackage } from './debian-packages.mjs';
import { findBrowser, findFullBrowser, findRedis, isExecutable } from './find-executables.mjs';
import { runCommand } from './run-command.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const inRoot = (...parts) => join(ROOT, ...parts);

const MINIMUM_NODE = [20, 19];
const NPM_DEADLINE_MS = 15 * 60_000;
const BROWSER_DOWNLOAD_DEADLINE_MS = 120_000;
const VERSION_DEADLINE_MS = 30_000;

/** What set-up cannot get; the message says what to do by hand, in one sentence. */
export class SetUpError extends Error {}

/** `.env` counts here as it does for the service. What the environment already says wins. */
export function readEnvFile() {
  if (existsSync(inRoot('.env'))) process.loadEnvFile(inRoot('.env'));
}

/** A step says what it does in one line, and how long that took when it was long. */
async function step(title, work) {
  const startedAt = performance.now();
  process.stdout.write(`${title} …`);
  try {
    const outcome = await work();
    const seconds = (performance.now() - startedAt) / 1_000;
    console.log(` ${outcome ?? 'done'}${seconds >= 1 ? ` (${Math.round(seconds)} s)` : ''}`);
  } catch (error) {
    console.log(' failed');
    throw error;
  }
}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = MINIMUM_NODE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new SetUpError(`This is Node ${process.versions.node}: install Node ${MINIMUM_NODE.join('.')} or newer.`);
}

/**
 * `npm ci` leaves its own copy of the lock in node_modules; a stamp of ours tells whether it was made from the present
 * one.
 */
export async function setUpPackages() {
  const lock = readFileSync(inRoot('package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  const stamp = inRoot('node_modules', '.lock-hash');
  const installed = inRoot('node_modules', '.package-lock.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  const isByHand =
    !existsSync(stamp) &&
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(inRoot('package-lock.json')).mtimeMs;
  if (!isByHand) {
    await step('Packages: npm ci', async () => {
      const cli = process.env.npm_execpath;
      const [command, args] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
      // Building needs the development packages, also where NODE_ENV says production.
      const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
      const result = await runCommand(command, [...args, ...flags], { cwd: ROOT, timeoutMs: NPM_DEADLINE_MS });
      if (!result.ok)
        throw new SetUpError(
          `The packages could not be installed (${result.reason}): run "npm ci" by hand and read what it says.`,
        );
    });
  }
  writeFileSync(stamp, hash);
}

export async function setUpBrowser() {
  const given = process.env.PUPPETEER_EXECUTABLE_PATH;
  if (given && !isExecutable(given)) {
    throw new SetUpError(
      `PUPPETEER_EXECUTABLE_PATH is ${given}, which is no file that can be run: correct it, or unset it to have a browser found.`,
    );
  }
  if (findBrowser() !== null) return;
  const reasons = [];
  await step('Browser: downloading by Puppeteer', async () => {
    // Not through puppeteer's own settings: this project's tell it to download nothing on install.
    const cli = inRoot('node_modules', 'puppeteer', 'lib', 'cjs', 'puppeteer', 'node', 'cli.js');
    const args = [cli, 'browsers', 'install', 'chrome-headless-shell'];
    const result = await runCommand(process.execPath, args, { cwd: ROOT, timeoutMs: BROWSER_DOWNLOAD_DEADLINE_MS });
    const browser = result.ok ? findBrowser() : null;
    // A download may lack system libraries that only Debian's package brings.
    const works = browser !== null && (await answersVersion(browser));
    if (!works) reasons.push(result.ok ? 'its browser does not start here' : result.reason);
    if (browser !== null && !works) rmSync(dirname(dirname(browser)), { recursive: true, force: true });
    return works ? browser : 'not to be had';
  });
  if (findBrowser() !== null) return;
  await fromDebian(
    'Browser',
    { name: 'chromium-headless-shell', folder: 'chromium', executable: 'usr/lib/chromium/chromium-headless-shell' },
    findBrowser,
    {
      reasons,
      byHand: 'install chromium or Google Chrome, or set PUPPETEER_EXECUTABLE_PATH to one',
    },
  );
}

/** Some tests want more than a headless shell. The service never does. */
export async function setUpFullBrowser() {
  if (findFullBrowser() !== null) return;
  await fromDebian(
    'Browser',
    { name: 'chromium', folder: 'full-chromium', executable: 'usr/lib/chromium/chromium' },
    findFullBrowser,
    {
      reasons: [],
      byHand: 'install chromium or Google Chrome',
    },
  );
}

export async function setUpRedis() {
  if (findRedis() !== null) return;
  await fromDebian('Redis', { name: 'redis-server', folder: 'redis', executable: 'usr/bin/redis-server' }, findRedis, {
    reasons: [],
    byHand: 'install redis-server 7.0 or newer, or set REDIS_URL to a running one',
  });
}

async function fromDebian(title, debianPackage, find, { reasons, byHand }) {
  const how = process.getuid?.() === 0 ? 'installing' : 'unpacking';
  await step(`${title}: ${how} Debian's ${debianPackage.name}`, async () => {
    const result = await getDebianPackage(debianPackage);
    const found = result.ok ? find() : null;
    if (found !== null && (await answersVersion(found))) return found;
    const why = [...reasons, result.ok ? 'what was installed does not start' : result.reason].join('; ');
    throw new SetUpError(`No ${title === 'Redis' ? 'Redis' : 'browser'} could be had (${why}): ${byHand}.`);
  });
}

async function answersVersion(executable) {
  return (await runCommand(executable, ['--version'], { timeoutMs: VERSION_DEADLINE_MS })).ok;
}

/** Whatever the tests need. */
export async function setUpTests() {
  checkNode();
  await setUpPackages();
  await setUpBrowser();
  await setUpFullBrowser();
  await setUpRedis();
}

/** What is packed once the sources are compiled. */
const BUNDLES = ['bundle-library.mjs', 'bundle-service.mjs', 'pack-client.mjs'];

export async function setUpBuild() {
  const hash = createHash('sha256');
  for (const file of [
    'package-lock.json',
    'tsconfig.json',
    'package.json',
    'tsconfig.build.json',
    'tsconfig.client.json',
    'LICENSE',
    join('src', 'client', 'README.md'),
    ...BUNDLES.map((script) => join('scripts', script)),
    ...sources('src'),
    ...sources('machines'),
    ...sources('console'),
    ...sources('visualizer'),
  ]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(inRoot(file)))
      .update('\0');
  }
  const wanted = hash.digest('hex');
  const stamp = inRoot('dist', '.sources-hash');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await step('Build: compiling the sources', async () => {
    rmSync(inRoot('dist'), { recursive: true, force: true });
    const result = await runCommand(inRoot('node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], {
      cwd: ROOT,
    });
    if (!result.ok) throw new SetUpError(`The sources do not compile: correct them.\n${result.output}`);
    for (const script of BUNDLES) {
      const bundled = await runCommand(process.execPath, [inRoot('scripts', script)], { cwd: ROOT });
      if (!bundled.ok)
        throw new SetUpError(
          `scripts/${script} failed (${bundled.reason}): run "npm run build" by hand and read what it says.`,
        );
    }
    const pages = await runCommand(inRoot('node_modules', '.bin', 'tsx'), [inRoot('visualizer', 'build-pages.ts')], {
      cwd: ROOT,
    });
    if (!pages.ok) throw new SetUpError(`The pages do not build: correct them.\n${pages.output}`);
    writeFileSync(stamp, wanted);
  });
}

function sources(directory) {
  if (!existsSync(inRoot(directory))) return [];
  const files = readdirSync(inRoot(directory), { recursive: true }).map((name) => join(directory, String(name)));
  return files.filter((file) => /\.(tsx?|css|svg)$/.test(file)).sort();
}

/** Everything `npm start` needs; the environment says what is not needed. */
export async function setUpService() {
  checkNode();
  readEnvFile();
  await setUpPackages();
  if (process.env.DRIVER !== 'simulated' && process.env.ROLE !== 'api') await setUpBrowser();
  if (!process.env.REDIS_URL) await setUpRedis();
}

/** Runs a script's main function; a failure is one sentence and exit code 1. */
export async function run(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof SetUpError ? error.message : error);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run(setUpService);
