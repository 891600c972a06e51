import { join } from 'node:path';

import type { Logger } from 'pino';

import type { DriverConfig } from '../config/config.ts';
import type { Clock } from '../domain/clock.ts';
import type { WhatsAppDriver } from './device.ts';
import { SimulatedDriver } from './simulated/driver.ts';
import { BrowserRegistry } from './web/browser-registry.ts';
import { createWhatsAppWebDriver } from './web/web-driver.ts';

interface CreateDriverOptions {
  /** Where live browsers are noted. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The driver that was asked for. However this process ends, short of kill -9, no browser outlives it. */
export function createDriver(config: DriverConfig, { dataDir, clock, log }: CreateDriverOptions): WhatsAppDriver {
  if (config.name === 'simulated' || config.browser === null) return new SimulatedDriver({ clock });
  const { executable, headless, args } = config.browser;
  const registry = new BrowserRegistry(join(dataDir, 'browsers'));
  process.once('exit', () => registry.killAll());
  return createWhatsAppWebDriver({ executablePath: executable, headless, browserArgs: args, registry, log });
}
