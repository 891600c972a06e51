import { cacheDirIn } from '../bounded-cache.ts';

/** How Chromium runs without a window: the small headless shell, or the full browser in its new headless mode. */
export type Headless = 'shell' | 'new';

export interface LaunchArguments {
  readonly profileDir: string;
  readonly headless: Headless;
  /** Off only where Chromium refuses it: as root. */
  readonly isSandboxed: boolean;
  readonly userAgent: string;
  /** The proxy that everything goes through; `null`: none. @defaultValue null */
  readonly proxy?: string | null;
  /** The operator's own, after ours. Its features join ours, since Chromium heeds only the last list. */
  readonly browserArgs: readonly string[];
}

/**
 * Puppeteer's defaults for automation (ChromeLauncher.defaultArgs of 24.38), without which its protocol calls
 * misbehave.
 */
const AUTOMATION = [
  '--allow-pre-commit-input',
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-client-side-phishing-detection',
  '--disable-component-extensions-with-background-pages',
  '--disable-default-apps',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--disable-hang-monitor',
  '--disable-infobars',
  '--disable-ipc-flooding-protection',
  '--disable-popup-blocking',
  '--disable-prompt-on-repost',
  '--disable-renderer-backgrounding',
  '--disable-search-engine-choice-screen',
  '--disable-sync',
  '--enable-automation',
  '--force-color-profile=srgb',
  '--hide-scrollbars',
  '--metrics-recording-only',
  '--mute-audio',
  '--no-first-run',
  '--password-store=basic',
  '--use-mock-keychain',
];

/**
 * Measured in this project: 473 MB become 416 on full Chromium and 301 become 275 on the headless shell, at the same
 * page.
 */
const LEAN = [
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-gpu',
  '--disable-quic',
  '--disable-software-rasterizer',
  '--in-process-gpu',
  '--no-default-browser-check',
  '--no-pings',
  // Nobody sees the window, whose picture the browser keeps: as wide as the sidebars in which people use WhatsApp Web.
  // 1.4 MB.
  '--window-size=400,300',
  // It would only start processes that run inside the browser here; 8 MB.
  '--no-unsandboxed-zygote',
];

/** A crash report or a core dump holds the login's keys. */
const NOTHING_LEFT_BEHIND = ['--disable-breakpad', '--disable-crash-reporter'];

/**
 * What the page stores reaches the disk within a second. Without it, up to five seconds after the scan and a minute
 * later on (measured).
 */
const STORED_SOON = ['--enable-aggressive-domstorage-flushing'];

/**
 * localStorage and IndexedDB in SQLite instead of LevelDB. The vault and the flush marker know LevelDB's files: a
 * browser that kept half a login elsewhere would lose it. Off, whatever the operator enables.
 */
const SQLITE_STORAGE = [
  'DomStorageSqlite',
  'DomStorageSqliteMigration',
  'DomStorageSqliteNewDatabases',
  'IdbSqliteBackingStore',
];
const isPinnedOff = (feature: string): boolean =>
  SQLITE_STORAGE.some((pinned) => new RegExp(`^\\*?${pinned}`, 'i').test(feature));

const DISABLED_FEATURES = [
  ...SQLITE_STORAGE,
  'Translate',
  'AcceptCHFrame',
  'MediaRouter',
  'OptimizationHints',
  'RenderDocument',
  'ProcessPerSiteUpToMainFrameThreshold',
  'IsolateSandboxedIframes',
  // Hidden pages of the full browser, each with a process of its own.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'SpareRendererForSitePerProcess',
];
const ENABLED_FEATURES = ['NetworkServiceInProcess2'];

/**
 * Everything goes through the proxy, loopback too, and nothing beside it: a page could learn this computer's addresses by
 * WebRTC. The headless shell and the full browser each heed only one of the two switches.
 */
const proxied = (proxy: string): string[] => [
  `--proxy-server=${proxy}`,
  '--proxy-bypass-list=<-loopback>',
  '--webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
];

/** Chromium takes a switch with one hyphen as well, and then heeds only that list. */
const DISABLE = /^--?disable-features=/;
const ENABLE = /^--?enable-features=/;

/** Chromium's arguments for one session. Its protocol is spoken on the file descriptors 3 and 4. */
export function launchArguments({
  profileDir,
  headless,
  isSandboxed,
  userAgent,
  proxy = null,
  browserArgs,
}: LaunchArguments): string[] {
  const featuresIn = (list: RegExp) =>
    browserArgs.filter((arg) => list.test(arg)).flatMap((arg) => arg.replace(list, '').split(','));
  const enabled = featuresIn(ENABLE).filter((feature) => !isPinnedOff(feature.trim()));
  return [
    ...AUTOMATION,
    ...LEAN,
    ...NOTHING_LEFT_BEHIND,
    ...STORED_SOON,
    ...(isSandboxed ? [] : ['--no-sandbox']),
    headless === 'shell' ? '--headless' : '--headless=new',
    `--disable-features=${[...DISABLED_FEATURES, ...featuresIn(DISABLE)].join(',')}`,
    `--enable-features=${[...ENABLED_FEATURES, ...enabled].join(',')}`,
    // Both as whatsapp-web.js would add them, had it started the browser (Client.js, initialize).
    `--user-agent=${userAgent}`,
    '--disable-blink-features=AutomationControlled',
    '--remote-debugging-pipe',
    `--user-data-dir=${profileDir}`,
    `--disk-cache-dir=${cacheDirIn(profileDir)}`,
    ...browserArgs.filter((arg) => !DISABLE.test(arg) && !ENABLE.test(arg)),
    // Behind the operator's own: of two proxies Chromium takes the last.
    ...(proxy === null ? [] : proxied(proxy)),
    'about:blank',
  ];
}
