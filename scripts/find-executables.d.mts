type Environment = Readonly<Record<string, string | undefined>>;

/** Where set-up unpacks what it may not install. */
export declare const VENDOR_DIR: string;

/**
 * The browser: `PUPPETEER_EXECUTABLE_PATH` unchecked, else Puppeteer's cache, chromium-headless-shell, chromium or
 * google-chrome on the PATH, else what set-up unpacked. `null` when there is none.
 * @defaultValue env is `process.env`
 */
export declare function findBrowser(env?: Environment): string | null;

/**
 * A browser with all that the headless shell leaves out, for tests: in Puppeteer's cache, else chromium or
 * google-chrome on the PATH, else what set-up unpacked. `null` when there is none.
 */
export declare function findFullBrowser(env?: Environment): string | null;

/** redis-server or valkey-server: on the PATH, else what set-up unpacked. `null` when there is none. */
export declare function findRedis(env?: Environment): string | null;

/** Whether this is a file that may be run. */
export declare function isExecutable(path: string): boolean;
