import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

import { findRedis } from '#find-executables';

/** Where the bench runs: what the numbers hold for. */
export interface Surroundings {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  /** Before anything was started. Above half the cores, somebody else was at work and times are too long. */
  readonly loadAtStart: number;
  readonly versions: Readonly<Record<string, string>>;
}

const PLACES = ['/usr/lib/chromium', '/usr/bin'];

/**
 * A browser binary by the variable that names it, else where distributions put it. The binary itself, since a start
 * script would be measured too.
 */
export function browserBinary(name: 'chromium' | 'chromium-headless-shell', variable: string): string {
  const named = process.env[variable];
  const found = [
    ...(named === undefined || named === '' ? [] : [named]),
    ...PLACES.map((place) => `${place}/${name}`),
  ].find(isExecutable);
  if (found === undefined) throw new Error(`No ${name} was found in ${PLACES.join(' or ')}: name one in ${variable}.`);
  return found;
}

export function surroundings(): Surroundings {
  const [processor] = cpus();
  const redis = findRedis(process.env);
  return {
    cores: cpus().length,
    processor: processor?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadAtStart: loadavg()[0] ?? 0,
    versions: {
      node: process.versions.node,
      'whatsapp-web.js': packageVersion('whatsapp-web.js'),
      puppeteer: packageVersion('puppeteer'),
      hono: packageVersion('hono'),
      chromium: firstLine(() => browserBinary('chromium', 'BENCH_CHROMIUM')),
      redis: firstLine(() => redis ?? ''),
    },
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function packageVersion(name: string): string {
  const text = readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8');
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? 'unknown';
}

/** What a program says of its version: the first number with a dot in it. */
function firstLine(executable: () => string): string {
  try {
    const said = execFileSync(executable(), ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /\d+(\.\d+)+/.exec(said)?.[0] ?? 'unknown';
  } catch {
    return 'none';
  }
}
