import { createRequire } from 'node:module';
import type { Browser, ConnectOptions } from 'puppeteer';
import type { Client, ClientOptions } from 'whatsapp-web.js';
import { runLibraryBundle } from './library-bundle.ts';
import { RARELY_USED, lazyModule } from './lazy-module.ts';

/** The parts of the client that its declarations leave out. */
export interface LibraryClient extends Client {
  /** Read anew by each `inject`. */
  readonly options: Pick<ClientOptions, 'pairWithPhoneNumber'>;
  /** Wires the page that is loaded now. Called again after each navigation (Client.js:495). */
  inject: () => Promise<void>;
}

export interface Library {
  readonly createClient: (options: ClientOptions) => LibraryClient;
  readonly connect: (options: ConnectOptions) => Promise<Browser>;
}

/** What is taken out of the two packages. */
interface Parts {
  readonly Client: new (options: ClientOptions) => LibraryClient;
  readonly connect: Library['connect'];
}

const BUNDLE = new URL('library-bundle.cjs', import.meta.url);

/**
 * Loads whatsapp-web.js with less around it: `launch` stands in for Puppeteer, and rare dependencies are loaded when
 * they are used. For a thread only: from the packages it changes what `require` finds there.
 * @param bundle the library in one file, where it was built. @defaultValue beside this file
 */
export function loadLibrary(launch: () => Promise<Browser>, bundle = BUNDLE): Library {
  const require = createRequire(import.meta.url);
  const fromLibrary = createRequire(require.resolve('whatsapp-web.js'));
  const answers = new Map<string, unknown>([
    ['puppeteer', { launch }],
    ...RARELY_USED.map((name) => [name, lazyModule(() => loadAfresh(fromLibrary, name))] as const),
  ]);
  const ask = (name: string): unknown => (answers.has(name) ? answers.get(name) : fromLibrary(name));
  const { Client: ClientClass, connect } = (runLibraryBundle(bundle, ask) ??
    fromPackages(fromLibrary, answers)) as Parts;
  return {
    connect,
    createClient: (options) => {
      const client = new ClientClass(options);
      if (typeof client.inject !== 'function')
        throw new Error('This version of whatsapp-web.js has no inject() to guard');
      return client;
    },
  };
}

function fromPackages(fromLibrary: NodeJS.Require, answers: ReadonlyMap<string, unknown>): Parts {
  const fromPuppeteer = createRequire(fromLibrary.resolve('puppeteer'));
  for (const [name, exports] of answers) {
    const filename = fromLibrary.resolve(name);
    // Not a whole `Module`: nothing but its exports is ever asked of it.
    fromLibrary.cache[filename] = {
      id: filename,
      filename,
      loaded: true,
      exports,
      children: [],
      paths: [],
    } as unknown as NodeJS.Module;
  }
  // The build that starts no browsers, and so brings no downloader and no proxies.
  const { connect } = fromPuppeteer('puppeteer-core/internal/puppeteer-core-browser.js') as Pick<Parts, 'connect'>;
  return { connect, Client: fromLibrary('./src/Client.js') as Parts['Client'] };
}

function loadAfresh(require: NodeJS.Require, name: string): object {
  delete require.cache[require.resolve(name)];
  return require(name) as object;
}
