import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { type Launch, createBrowsers, pidOfAddress } from './browsers.ts';
import { selfSignedCertificate } from './certificate.ts';
import { MediaFiles } from './media-files.ts';
import { type Phone, createPhone } from './phone.ts';
import { createRequestListener, loadPageFiles } from './routes.ts';
import { DEFAULT_SETTINGS, type PageScript, type PageSettings } from './settings.ts';
import type { ServedPage } from './served-page.ts';
import type { WebPage } from './web-page.ts';
import { type GroupRecord, type OlderState, SimulatedWhatsApp } from './simulated-whatsapp.ts';

export interface WhatsAppWebOptions {
  /**
   * Where wrappers and records go; made when missing. Default: a new folder in the system's temporary one. `close`
   * removes what was made in either.
   */
  readonly directory?: string;
  /** Settings of every page, over the defaults. */
  readonly settings?: Partial<PageSettings>;
  /** @defaultValue `log_out` */
  readonly olderState?: OlderState;
  /** How many devices a phone links; WhatsApp's limit is 4. @defaultValue Infinity */
  readonly maxDevices?: number;
}

/** Which page loads a script is for. */
export interface ScriptTarget {
  /** Only loads by browsers whose profile's path contains this. */
  readonly profile?: string;
  /** How many loads. Default 1; Infinity for all from now on. */
  readonly times?: number;
}

export interface Scripted {
  /** How many loads have gone by it. */
  taken(): number;
  cancel(): void;
}

export interface WhatsAppWeb {
  /** The address for clients that do not come through a wrapper. */
  readonly url: string;
  readonly port: number;
  /**
   * An executable that starts `executablePath` with web.whatsapp.com led here. Its name is the browser's. Point
   * PUPPETEER_EXECUTABLE_PATH at it.
   */
  wrapperFor(executablePath: string): Promise<string>;
  /** Every start of a browser through a wrapper, oldest first. */
  launches(): readonly Launch[];
  /** The phone of an account, by the digits of its number; the same one each time. `name` counts the first time. */
  phone(number: string, name?: string): Phone;
  /** Pages that hold a connection now, oldest first. */
  pages(): readonly WebPage[];
  /** The page that has shown this QR text or given this pairing code. */
  pageShowing(qrOrCode: string): WebPage | undefined;
  /** Changes the settings of pages that load from now on. */
  configure(settings: Partial<PageSettings>): void;
  /** Sets how coming page loads go, first script first. A load without a script follows the settings. */
  script(script: PageScript, target?: ScriptTarget): Scripted;
  /** Takes a number (digits) off WhatsApp. */
  unregister(number: string): void;
  /** WhatsApp tells this LID (`…@lid`) of the number from now on. */
  assignLid(number: string, lid: string): void;
  /** Makes or changes a group (`…@g.us`). */
  setGroup(id: string, group: GroupRecord): void;
  /** Cuts every connection and refuses new ones, for all or for one browser. */
  networkDown(browserPid?: number): void;
  /** Ends what `networkDown` with the same argument began. */
  networkUp(browserPid?: number): void;
  /** Stops the server and removes its files. Browsers are their owners' business. */
  close(): Promise<void>;
}

/**
 * Starts a WhatsApp Web and its phones on this machine. Linux only: it gives each browser a loopback address of its
 * own.
 */
export async function startWhatsAppWeb(options: WhatsAppWebOptions = {}): Promise<WhatsAppWeb> {
  let settings: PageSettings = { ...DEFAULT_SETTINGS, ...options.settings };
  if (options.directory !== undefined) await mkdir(options.directory, { recursive: true });
  const directory = await mkdtemp(join(options.directory ?? tmpdir(), 'whatsapp-web-'));
  // A browser under test may run as another user.
  await chmod(directory, 0o755);
  const whatsapp = new SimulatedWhatsApp(
    options.olderState ?? 'log_out',
    options.maxDevices ?? Infinity,
    new MediaFiles(directory),
  );
  const scripts: { readonly script: PageScript; readonly target: ScriptTarget; taken: number; isCancelled: boolean }[] =
    [];
  const sockets = new Map<Socket, number>();
  const cut = new Set<number | 'all'>();
  const certificate = selfSignedCertificate('web.whatsapp.com');

  function nextScript(browserPid: number): PageScript {
    const waiting = scripts.filter(({ target, taken, isCancelled }) => !isCancelled && taken < (target.times ?? 1));
    if (waiting.length === 0) return { kind: 'loads' };
    const profile = browsers.launches().findLast(({ pid }) => pid === browserPid)?.userDataDir ?? '';
    const entry = waiting.find(({ target }) => profile.includes(target.profile ?? ''));
    if (entry === undefined) return { kind: 'loads' };
    entry.taken += 1;
    return entry.script;
  }

  const listener = createRequestListener({
    whatsapp,
    files: await loadPageFiles(),
    nextScript,
    settings: () => settings,
    killRenderers: (pid) => browsers.killRenderers(pid),
  });
  const server = createServer({ key: certificate.key, cert: certificate.cert, keepAliveTimeout: 60_000 }, listener);
  server.on('connection', (socket: Socket) => {
    const pid = pidOfAddress(socket.localAddress);
    // Listening on every address is what makes all of 127.0.0.0/8 ours; nobody else is let in.
    if (socket.localAddress?.startsWith('127.') !== true || cut.has('all') || cut.has(pid)) {
      socket.destroy();
      return;
    }
    sockets.set(socket, pid);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '0.0.0.0', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  const { port } = address;
  const browsers = await createBrowsers(directory, port, certificate.publicKeyHash);
  const isConnected = (page: ServedPage): boolean => page.isConnected;

  return {
    url: `https://127.0.0.1:${port}/`,
    port,
    wrapperFor: browsers.wrapperFor,
    launches: browsers.launches,
    phone: (number, name) => createPhone(whatsapp.account(number, name), whatsapp),
    pages: () => whatsapp.pages.filter(isConnected),
    pageShowing: (qrOrCode) =>
      whatsapp.pages.find(({ shown }) => shown.has(qrOrCode.split(',')[0] ?? '')) ??
      whatsapp.pairingCodes.get(qrOrCode)?.page,
    configure(changes) {
      settings = { ...settings, ...changes };
    },
    script(script, target = {}) {
      const entry = { script, target, taken: 0, isCancelled: false };
      scripts.push(entry);
      return {
        taken: () => entry.taken,
        cancel() {
          entry.isCancelled = true;
        },
      };
    },
    unregister: (number) => void whatsapp.unregistered.add(`${number}@c.us`),
    assignLid: (number, lid) => void whatsapp.lids.set(`${number}@c.us`, lid),
    setGroup: (id, group) => void whatsapp.groups.set(id, group),
    networkDown(browserPid) {
      cut.add(browserPid ?? 'all');
      for (const [socket, pid] of sockets) if (browserPid === undefined || pid === browserPid) socket.destroy();
    },
    networkUp(browserPid) {
      cut.delete(browserPid ?? 'all');
    },
    async close() {
      for (const page of whatsapp.pages) page.hideRefs();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets.keys()) socket.destroy();
      await closed;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
