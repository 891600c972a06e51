import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../../domain/clock.ts';
import { DRIVER_TRAITS } from '../../domain/driver-traits.ts';
import { CACHE_BYTES } from './bounded-cache.ts';
import type { BrowserRegistry } from './browser-registry.ts';
import { ChromiumDevice } from './chromium-device.ts';
import { recentBrowserVersion } from './chromium/browser-version.ts';
import type { Headless } from './chromium/launch-arguments.ts';
import type { LinkedDevice, OpenOptions, WhatsAppDriver } from '../device.ts';
import { browserCredentials } from './credentials.ts';
import type { PageDeadlines } from './isolate/messages.ts';

export interface WhatsAppWebDriverOptions {
  /** A Chromium, or a chromium-headless-shell. */
  readonly executablePath: string;
  /** @defaultValue shell */
  readonly headless?: Headless;
  /** More arguments for the browser, after ours. @defaultValue none */
  readonly browserArgs?: readonly string[];
  /** Where the live browsers are noted. Its leftovers are killed before the first launch. */
  readonly registry: BrowserRegistry;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** How much HTTP cache each browser may keep. @defaultValue 48 MB */
  readonly cacheBytes?: number;
  /** @defaultValue see {@link PageDeadlines} */
  readonly deadlines?: Partial<PageDeadlines>;
}

const DEADLINES: PageDeadlines = {
  callMs: 20_000,
  browserMs: 30_000,
  documentMs: 60_000,
  pageMs: 45_000,
  nudgeMs: 1_500,
  settleMs: 15_000,
};

/** The driver of real sessions: for each, whatsapp-web.js in a thread and a Chromium of its own. */
export function createWhatsAppWebDriver(options: WhatsAppWebDriverOptions): WhatsAppDriver {
  const { executablePath, headless = 'shell', browserArgs = [], registry, clock = systemClock, log } = options;
  const open = new Set<ChromiumDevice>();
  let isShutDown = false;
  const canLaunch = registry.reapLeftovers().then(
    (reaped) => {
      for (const { key, leader } of reaped)
        log.warn({ key, pid: leader.pid }, 'Killed a browser that its service had left behind');
    },
    (err: unknown) => log.error({ err }, 'Leftover browsers could not be looked for'),
  );
  const userAgent = libraryUserAgent();
  const version = recentBrowserVersion(executablePath, () => clock.now());

  return {
    traits: DRIVER_TRAITS['whatsapp-web.js'],
    credentials: (directory) => browserCredentials(resolve(directory), version),
    open(openOptions: OpenOptions): LinkedDevice {
      const device = new ChromiumDevice(openOptions, {
        executablePath,
        headless,
        isSandboxed: process.getuid?.() !== 0,
        browserArgs,
        userAgent,
        deadlines: { ...DEADLINES, ...options.deadlines },
        cacheBytes: options.cacheBytes ?? CACHE_BYTES,
        registry,
        clock,
        log,
        canLaunch,
        isShutDown: () => isShutDown,
        onClosed: (closed) => open.delete(closed),
      });
      open.add(device);
      return device;
    },
    async shutdown(graceMs) {
      isShutDown = true;
      await canLaunch;
      await Promise.all([...open].map((device) => device.close(graceMs)));
    },
  };
}

/** What the library has the browser call itself. Only this small file of it is read outside a thread. */
function libraryUserAgent(): string {
  const { DefaultOptions } = createRequire(import.meta.url)('whatsapp-web.js/src/util/Constants.js') as {
    readonly DefaultOptions: { readonly userAgent: string };
  };
  return DefaultOptions.userAgent;
}
