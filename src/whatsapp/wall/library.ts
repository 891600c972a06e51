import { createRequire } from 'node:module';
import type { Browser, ConnectOptions } from 'puppeteer';
import type { Client, ClientOptions } from 'whatsapp-web.js';

/** The parts of the client that its declarations leave out. */
export interface LibraryClient extends Client {
  /** Wires the page that is loaded now. Called again after each navigation (Client.js:495). */
  inject: () => Promise<void>;
}

export interface Library {
  readonly createClient: (options: ClientOptions) => LibraryClient;
  readonly connect: (options: ConnectOptions) => Promise<Browser>;
}

/** What only stickers and media from addresses need: 7 MB in each thread that would rarely be used. */
const LOADED_WHEN_USED = ['fluent-ffmpeg', 'mime', 'node-fetch', 'node-webpmux'];

/**
 * Loads whatsapp-web.js with less around it: `launch` stands in for Puppeteer, and rare dependencies are loaded when they are used.
 * 15 MB a thread instead of 23, and half the time. For a thread only: it changes what `require` finds there.
 */
export function loadLibrary(launch: () => Promise<Browser>): Library {
  const require = createRequire(import.meta.url);
  const fromLibrary = createRequire(require.resolve('whatsapp-web.js'));
  const fromPuppeteer = createRequire(fromLibrary.resolve('puppeteer'));
  answerRequire(fromLibrary, 'puppeteer', () => ({ launch }));
  for (const name of LOADED_WHEN_USED) answerRequire(fromLibrary, name, (load) => standIn(load));
  // The build that starts no browsers, and so brings no downloader and no proxies.
  const puppeteer = fromPuppeteer('puppeteer-core/internal/puppeteer-core-browser.js') as Pick<Library, 'connect'>;
  const ClientClass = fromLibrary('./src/Client.js') as new (options: ClientOptions) => LibraryClient;
  return {
    connect: puppeteer.connect,
    createClient: (options) => {
      const client = new ClientClass(options);
      if (typeof client.inject !== 'function') throw new Error('This version of whatsapp-web.js has no inject() to guard');
      return client;
    },
  };
}

function answerRequire(require: NodeJS.Require, name: string, answer: (load: () => object) => unknown): void {
  const filename = require.resolve(name);
  const load = (): object => {
    delete require.cache[filename];
    return require(filename) as object;
  };
  // Not a whole `Module`: nothing but its exports is ever asked of it.
  require.cache[filename] = { id: filename, filename, loaded: true, exports: answer(load), children: [], paths: [] } as unknown as NodeJS.Module;
}

/** Behaves as the module from its first use on. `setFfmpegPath` is no use: each client calls it when it is made. */
function standIn(load: () => object): unknown {
  let loaded: object | undefined;
  const early: unknown[][] = [];
  const real = (): object => {
    if (loaded === undefined) {
      loaded = load();
      for (const args of early) Reflect.apply(Reflect.get(loaded, 'setFfmpegPath') as () => void, loaded, args);
    }
    return loaded;
  };
  return new Proxy(function module() {}, {
    get: (_, property) => (property === 'setFfmpegPath' && loaded === undefined ? (...args: unknown[]) => void early.push(args) : (Reflect.get(real(), property) as unknown)),
    has: (_, property) => Reflect.has(real(), property),
    apply: (_, self, args) => Reflect.apply(real() as () => unknown, self, args) as unknown,
    construct: (_, args) => Reflect.construct(real() as new () => object, args) as object,
  });
}
