// A process that opens one browser and waits to be killed. Its argument: `executablePath`, `registryDir`, `key`,
// `profileDir`.
import { pino } from 'pino';
import { BrowserRegistry } from '../../../src/whatsapp/web/browser-registry.ts';
import { createWhatsAppWebDriver } from '../../../src/whatsapp/web/web-driver.ts';

const { executablePath, registryDir, key, profileDir } = JSON.parse(process.argv[2] ?? '{}') as Record<
  'executablePath' | 'registryDir' | 'key' | 'profileDir',
  string
>;
const registry = new BrowserRegistry(registryDir);
const driver = createWhatsAppWebDriver({ executablePath, registry, log: pino({ enabled: false }) });
driver.open({
  key,
  credentials: driver.credentials(profileDir),
  pairWith: null,
  onEvent: (event) => {
    if (event.type === 'qr') process.stdout.write(`${JSON.stringify({ qrShownBy: registry.list()[0]?.leader.pid })}\n`);
  },
});
// Nothing else would keep it alive once the browser is gone.
setInterval(() => {}, 60_000);
