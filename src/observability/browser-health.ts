import type { DriverConfig } from '../config/config.ts';
import { browserVersion } from '../whatsapp/web/chromium/browser-version.ts';
import type { BrowserHealth } from './health.ts';

/** Tells which browser sessions run in. Its version is asked for now, in the background: that starts it for a moment. */
export function watchBrowser(driver: DriverConfig): () => BrowserHealth {
  if (driver.name === 'simulated') return () => ({ status: 'simulated', version: null });
  let version: string | null = null;
  if (driver.browser !== null) void browserVersion(driver.browser.executable).then((found) => (version = found));
  return () => ({ status: 'found', version });
}
