import type { Config } from '../config/config.ts';
import { browserVersion } from '../whatsapp/web/chromium/browser-version.ts';
import type { BrowserHealth } from './health.ts';

/** Tells which browser sessions run in. Its version is asked for now, in the background: that starts it for a moment. */
export function watchBrowser({ driver, traits }: Pick<Config, 'driver' | 'traits'>): () => BrowserHealth {
  if (!traits.hasProcesses) return () => ({ status: 'simulated', version: null });
  let version: string | null = null;
  const browser = 'browser' in driver ? driver.browser : null;
  if (browser !== null) void browserVersion(browser.executable).then((found) => (version = found));
  return () => ({ status: 'found', version });
}
