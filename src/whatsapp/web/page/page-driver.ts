import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer';
import { collectGarbage } from '../../../host/heap.ts';
import { faultOf, isNavigation, lossOf } from '../faults.ts';
import {
  BROWSER_SILENT,
  LOSS_BY_STATE,
  LOST_BEFORE_LINKED,
  NO_ACCOUNT,
  PAGE_CLOSED,
  PAGE_NEVER_LOADED,
  type Loss,
} from '../loss-causes.ts';
import type { Unreadable } from '../../device.ts';
import type { ProbeResult } from '../../device-calls.ts';
import { type LibraryClient, loadLibrary } from '../isolate/library.ts';
import type { PipeTransport } from '../isolate/pipe-transport.ts';
import { watchExposed } from './exposed-functions.ts';
import { storeFlushMarker } from './flush-marker-script.ts';
import type { PageDeadlines, Report } from '../isolate/messages.ts';
import { LOGOUT, LOOK, REFRESH_QR, type Sight } from './page-scripts.ts';
import { clearPageCache, collectPageGarbage, showsLogout, watchPage } from './page-watch.ts';
import { readAccount, strangeCode, strangeState } from './reading.ts';
import { PagePairing, pairingFor, WAITING_FOR_SCAN } from './page-pairing.ts';
import { PageMessages } from './messages/page-messages.ts';
import { PageWiring } from './page-wiring.ts';
import { inTime } from '../../../domain/deadline.ts';

/** The library's own renewal of QR codes, which always throws: it looks in Node for what is in the page. */
const RENEWS_CODES = 'onAuthAppStateChangedEvent';
const PAGES: ReadonlySet<string> = new Set(['page']);

export interface PageDriverOptions {
  readonly transport: PipeTransport;
  readonly pairWith: string | null;
  readonly deadlines: PageDeadlines;
  readonly report: (report: Report) => void;
}

/** Drives whatsapp-web.js on one page, and says of it only what is true. Lives in the session's thread. */
export class PageDriver {
  readonly messages: PageMessages;
  readonly #options: PageDriverOptions;
  readonly #client: LibraryClient;
  readonly #connect: (transport: PipeTransport) => Promise<Browser>;
  readonly #wiring: PageWiring;
  readonly #pairing: PagePairing;
  #page: Page | null = null;
  #hasSynced = false;
  #isLinked = false;
  #showsCode = false;
  #wasScanned = false;
  #isOver = false;
  #documentDeadline: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;

  constructor(options: PageDriverOptions) {
    this.#options = options;
    this.messages = new PageMessages({ page: () => this.#page, report: (report) => this.#say(report) });
    const library = loadLibrary(() => this.#takeBrowser());
    this.#connect = (transport) =>
      library.connect({ transport, defaultViewport: null, protocolTimeout: options.deadlines.callMs });
    this.#client = library.createClient({
      // The default cache writes into the working directory; where it may not, `ready` never comes.
      webVersionCache: { type: 'none' },
      ...(options.pairWith === null ? {} : { pairWithPhoneNumber: pairingFor(options.pairWith) }),
    });
    this.#wiring = new PageWiring({
      page: () => this.#page,
      inject: this.#client.inject.bind(this.#client),
      pageMs: options.deadlines.pageMs,
      nudgeMs: options.deadlines.nudgeMs,
      isOver: () => this.#isOver,
      onLoss: (loss) => this.lose(loss),
    });
    this.#pairing = new PagePairing({
      client: this.#client,
      page: () => this.#page,
      look: () => this.#look(),
      pairWith: options.pairWith,
      isLinked: () => this.#isLinked,
      onLoss: (loss) => this.lose(loss),
    });
    this.#guard();
    this.#listen();
  }

  /**
   * Brings the page up. Never rejects. Where the library's `initialize()` hangs for ever, the loss is told by a
   * deadline of its own.
   */
  async start(): Promise<void> {
    try {
      await this.#client.initialize();
    } catch (error) {
      const isLoggedOut = this.#page !== null && showsLogout(this.#page);
      this.lose((isLoggedOut ? LOSS_BY_STATE['LOGOUT'] : undefined) ?? lossOf(error));
    }
  }

  /** Says once that the browser is lost, and nothing after it. */
  lose(loss: Loss): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#documentDeadline);
    this.#wiring.settle();
    this.#options.report({ type: 'lost', ...loss });
  }

  async probe(): Promise<ProbeResult> {
    try {
      const sight = await this.#look();
      if (sight.kind === 'booting')
        return { kind: 'missed', cause: 'page_unresponsive', detail: 'WhatsApp Web is not there.' };
      const isOpen = sight.state === 'CONNECTED' || (!this.#isLinked && WAITING_FOR_SCAN.has(sight.state));
      return isOpen ? { kind: 'alive' } : { kind: 'missed', cause: 'network', detail: `The socket is ${sight.state}.` };
    } catch {
      return { kind: 'missed', cause: 'page_unresponsive', detail: 'The page does not answer.' };
    }
  }

  async refreshQr(): Promise<void> {
    await this.#loaded().evaluate(REFRESH_QR);
  }

  /** Rejects when the page waits for no scan, or refuses. */
  requestPairingCode(phoneNumber: string): Promise<void> {
    return this.#pairing.request(phoneNumber);
  }

  /** Rejects while the page can ask for none, which may pass. */
  renewPairingCode(): Promise<void> {
    return this.#pairing.renew();
  }

  clearCache(): Promise<void> {
    return clearPageCache(this.#loaded());
  }

  async storeFlushMarker(mark: string): Promise<void> {
    await this.#loaded().evaluate(storeFlushMarker(mark));
  }

  /** Rejects unless WhatsApp was told. */
  async unlink(): Promise<void> {
    const page = this.#loaded();
    const sight = await this.#look();
    if (sight.kind === 'booting' || sight.state !== 'CONNECTED')
      throw new Error('the page is not connected to WhatsApp');
    try {
      await page.evaluate(LOGOUT);
    } catch (error) {
      // The page may leave before the call has settled: it was told all the same.
      for (let waitedMs = 0; !showsLogout(page); waitedMs += 100) {
        if (waitedMs >= 2_000) throw error;
        await sleep(100);
      }
    }
  }

  /** Stands in for Puppeteer's `launch` in the library: the browser runs already, its line is here. */
  async #takeBrowser(): Promise<Browser> {
    try {
      const browser = await inTime(this.#options.deadlines.browserMs, this.#connect(this.#options.transport));
      const target = await browser.waitForTarget((one) => PAGES.has(one.type()), {
        timeout: this.#options.deadlines.browserMs,
      });
      this.#page = await target.page();
      if (this.#page !== null) {
        watchExposed(this.#page, (name, thrown) => {
          if (name !== RENEWS_CODES) this.#thrown('event', name, thrown);
        });
        this.#documentDeadline = setTimeout(() => this.lose(PAGE_NEVER_LOADED), this.#options.deadlines.documentMs);
        await watchPage(this.#page, {
          onLoss: (loss) => this.lose(loss),
          onSocket: (state, hasSynced, isLoading) => this.#hearSocket(state, hasSynced, isLoading),
          onScriptThrown: (thrown) => this.#thrown('script', 'a script', thrown),
        });
        await this.messages.attach(this.#page);
      }
      return browser;
    } catch (error) {
      this.lose(BROWSER_SILENT);
      throw error;
    }
  }

  /** What the library calls on itself without catching, or should leave to us. */
  #guard(): void {
    this.#client.inject = () => {
      clearTimeout(this.#documentDeadline);
      return this.#wiring.wire();
    };
    // On a conflict and the like it would end the browser under us. Whoever started the browser ends it.
    this.#client.destroy = () => Promise.resolve();
  }

  #listen(): void {
    this.#client.on('qr', (code) => {
      if (this.#isLinked || this.#pairing.phoneNumber !== null) return;
      const why = strangeCode(code);
      // The page's own goodbye to the code that was scanned.
      if (why !== null) return this.#wasScanned ? undefined : this.#unreadable('code', why);
      this.#showsCode = true;
      this.#say({ type: 'qr', code });
    });
    this.#client.on('code', (code) => {
      if (this.#isLinked || this.#pairing.phoneNumber === null) return;
      this.#showsCode = true;
      this.#say({ type: 'pairing_code', code, phoneNumber: this.#pairing.phoneNumber });
    });
    // Its "authenticated" comes when the sync is over, or is taken back: the socket tells of the login long before.
    this.#client.on('ready', () => {
      // It also comes when a sync is taken back (Client.js:406 does not look at the value).
      if (!this.#hasSynced) return;
      this.#linked();
      this.#wiring.settle();
      const account = readAccount(this.#client.info);
      if (account.kind === 'unreadable') {
        this.#unreadable('account', account.why);
        return this.lose(NO_ACCOUNT);
      }
      this.#settleLater();
      // It holds up nothing for long, and never rejects.
      void this.messages.selfTest().then((found) => this.#say({ type: 'ready', account: account.value, ...found }));
    });
    this.#client.on('disconnected', (reason) => this.#hearState(reason));
  }

  /**
   * A page that has just loaded an account holds much that it no longer needs, and a quiet one is not collected for
   * long: 183 MB a browser became 169 in our measurement, at 80 MB of live objects.
   */
  #settleLater(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      // Only memory is at stake: a page that does not answer is the probes' to find.
      if (this.#isOver || this.#page === null) return;
      collectGarbage();
      collectPageGarbage(this.#page).catch(() => {});
    }, this.#options.deadlines.settleMs);
  }

  #hearSocket(state: string, hasSynced: boolean, isLoading: boolean): void {
    const why = strangeState(state);
    if (why !== null) this.#unreadable('state', why);
    if (hasSynced && !this.#hasSynced) this.#wiring.expectReady();
    this.#hasSynced = hasSynced;
    // Without a code on show it is the way in which a page with a login begins.
    if (state === 'PAIRING' && this.#showsCode) {
      this.#showsCode = false;
      this.#wasScanned = true;
      this.#say({ type: 'scanned' });
    }
    if (state === 'CONNECTED') this.#linked();
    if (isLoading && this.#isLinked) this.#say({ type: 'progress' });
    else this.#hearState(state);
  }

  /** Connected with a login, which the library says only once everything is loaded. */
  #linked(): void {
    if (this.#isLinked) return;
    this.#isLinked = true;
    this.#showsCode = false;
    this.#say({ type: 'authenticated' });
  }

  #hearState(state: string): void {
    if (state === 'UNPAIRED_IDLE' && !this.#isLinked && this.#pairing.phoneNumber === null)
      this.#say({ type: 'qr_idle' });
    const loss = LOSS_BY_STATE[state];
    if (loss !== undefined && (this.#isLinked || LOST_BEFORE_LINKED.has(state))) this.lose(loss);
  }

  #unreadable(kind: Unreadable['kind'], why: string): void {
    this.#say({ type: 'unreadable', unreadable: { kind, why } });
  }

  /** That a page is replaced or closed under a call says nothing of what it told. */
  #thrown(kind: 'event' | 'script', where: string, thrown: unknown): void {
    if (isNavigation(thrown) || lossOf(thrown) === PAGE_CLOSED) return;
    this.#unreadable(kind, `${where} threw: ${faultOf(thrown, '').message.replace(/\.$/, '')}`);
  }

  #say(report: Report): void {
    if (!this.#isOver) this.#options.report(report);
  }

  async #look(): Promise<Sight> {
    return (await this.#loaded().evaluate(LOOK)) as Sight;
  }

  #loaded(): Page {
    if (this.#page === null) throw new Error('no page is there yet');
    return this.#page;
  }
}
