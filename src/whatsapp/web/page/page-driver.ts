import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer';
import { collectGarbage } from '../../../host/heap.ts';
import { lossOf } from '../faults.ts';
import {
  BROWSER_SILENT,
  LOSS_BY_STATE,
  LOST_BEFORE_LINKED,
  PAGE_NEVER_LOADED,
  PAIRING_REFUSED,
  type Loss,
} from '../loss-causes.ts';
import type { ProbeResult } from '../../device-calls.ts';
import { RecentIds, incomingMessage } from './incoming-message.ts';
import { type LibraryClient, loadLibrary } from '../isolate/library.ts';
import type { PipeTransport } from '../isolate/pipe-transport.ts';
import { letExposeAgain } from './exposed-functions.ts';
import { storeFlushMarker } from './flush-marker-script.ts';
import type { PageDeadlines, Report } from '../isolate/messages.ts';
import { LOGOUT, LOOK, REFRESH_QR, type Sight } from './page-scripts.ts';
import { collectPageGarbage, showsLogout, watchPage } from './page-watch.ts';
import { PageWiring, wasReplacedUnder } from './page-wiring.ts';
import { inTime } from '../../../domain/deadline.ts';

/** The library's own renewal of pairing codes, put off for ever: the longest time that a timer takes. */
const NEVER_MS = 2 ** 31 - 1;
const REMEMBERED_MESSAGES = 1_000;
const PAGES: ReadonlySet<string> = new Set(['page']);
const WAITING_FOR_SCAN: ReadonlySet<string> = new Set(['UNPAIRED', 'UNPAIRED_IDLE', 'PAIRING']);
/** A phone that has just entered the code is no reason to replace it. */
const SHOWING_A_CODE: ReadonlySet<string> = new Set(['UNPAIRED', 'UNPAIRED_IDLE']);

const pairingFor = (phoneNumber: string) => ({ phoneNumber, showNotification: true, intervalMs: NEVER_MS });

export interface PageDriverOptions {
  readonly transport: PipeTransport;
  readonly pairWith: string | null;
  readonly deadlines: PageDeadlines;
  readonly report: (report: Report) => void;
}

/** Drives whatsapp-web.js on one page, and says of it only what is true. Lives in the session's thread. */
export class PageDriver {
  readonly #options: PageDriverOptions;
  readonly #client: LibraryClient;
  readonly #connect: (transport: PipeTransport) => Promise<Browser>;
  readonly #wiring: PageWiring;
  readonly #seen = new RecentIds(REMEMBERED_MESSAGES);
  #page: Page | null = null;
  #pairingWith: string | null;
  #hasSynced = false;
  #isLinked = false;
  #showsCode = false;
  #isOver = false;
  #documentDeadline: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;

  constructor(options: PageDriverOptions) {
    this.#options = options;
    this.#pairingWith = options.pairWith;
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
  async requestPairingCode(phoneNumber: string): Promise<void> {
    const sight = await this.#look();
    if (sight.kind === 'booting' || !WAITING_FOR_SCAN.has(sight.state)) throw new Error('the page waits for no scan');
    const before = this.#pairingWith;
    this.#pairingWith = phoneNumber;
    try {
      await this.#askForCode(phoneNumber, true, NEVER_MS);
      // From now on a page that was replaced asks for a code by itself, not for a QR that nobody is shown.
      this.#client.options.pairWithPhoneNumber = pairingFor(phoneNumber);
    } catch (error) {
      this.#pairingWith = before;
      throw error;
    }
  }

  /**
   * Rejects while the page can ask for none, which may pass. That WhatsApp refuses is told as a loss: the old code is
   * worth nothing, and no other will come.
   */
  async renewPairingCode(): Promise<void> {
    const phoneNumber = this.#pairingWith;
    const sight = await this.#look();
    if (phoneNumber === null || sight.kind === 'booting' || !SHOWING_A_CODE.has(sight.state))
      throw new Error('the page shows no code');
    await this.#client.requestPairingCode(phoneNumber, true, NEVER_MS);
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
        letExposeAgain(this.#page);
        this.#documentDeadline = setTimeout(() => this.lose(PAGE_NEVER_LOADED), this.#options.deadlines.documentMs);
        await watchPage(this.#page, {
          onLoss: (loss) => this.lose(loss),
          onSocket: (state, hasSynced, isLoading) => this.#hearSocket(state, hasSynced, isLoading),
        });
      }
      return browser;
    } catch (error) {
      this.lose(BROWSER_SILENT);
      throw error;
    }
  }

  /** What the library calls on itself without catching, or should leave to us. */
  #guard(): void {
    const askForCode = this.#client.requestPairingCode.bind(this.#client);
    this.#askForCode = askForCode;
    this.#client.inject = () => {
      clearTimeout(this.#documentDeadline);
      return this.#wiring.wire();
    };
    this.#client.requestPairingCode = async (...args) => {
      try {
        return await askForCode(...args);
      } catch (error) {
        // The page that follows is asked afresh; and who has just entered the last code needs no other.
        if (this.#isLinked || (this.#page !== null && (await wasReplacedUnder(this.#page, error)))) return '';
        const loss = lossOf(error);
        // A code is all that this page would ever show; asking again at once makes a refusal last longer. What is known
        // to be no refusal is told as what it is.
        this.lose(loss.fault.code === 'LIBRARY_FAILED' ? PAIRING_REFUSED(loss.fault.message) : loss);
        return '';
      }
    };
    // On a conflict and the like it would end the browser under us. Whoever started the browser ends it.
    this.#client.destroy = () => Promise.resolve();
  }
  #askForCode: LibraryClient['requestPairingCode'] = () => Promise.reject(new Error('the library is not loaded'));

  #listen(): void {
    this.#client.on('qr', (code) => {
      if (this.#isLinked || this.#pairingWith !== null) return;
      this.#showsCode = true;
      this.#say({ type: 'qr', code });
    });
    this.#client.on('code', (code) => {
      if (this.#isLinked || this.#pairingWith === null) return;
      this.#showsCode = true;
      this.#say({ type: 'pairing_code', code, phoneNumber: this.#pairingWith });
    });
    // Its "authenticated" comes when the sync is over, or is taken back: the socket tells of the login long before.
    this.#client.on('ready', () => {
      // It also comes when a sync is taken back (Client.js:406 does not look at the value).
      if (!this.#hasSynced) return;
      this.#linked();
      this.#wiring.settle();
      const { wid, pushname } = this.#client.info;
      this.#settleLater();
      // Where WhatsApp gives no number to its own page, it gives an id of the account.
      const hidden = wid.server === 'lid' ? ({ hidesNumber: true } as const) : {};
      this.#say({ type: 'ready', account: { phoneNumber: wid.user, displayName: pushname || null, ...hidden } });
    });
    this.#client.on('message', (message) => {
      if (this.#seen.add(message.id._serialized)) this.#say({ type: 'message', message: incomingMessage(message) });
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
    if (hasSynced && !this.#hasSynced) this.#wiring.expectReady();
    this.#hasSynced = hasSynced;
    // Without a code on show it is the way in which a page with a login begins.
    if (state === 'PAIRING' && this.#showsCode) this.#say({ type: 'scanned' });
    if (state === 'PAIRING') this.#showsCode = false;
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
    if (state === 'UNPAIRED_IDLE' && !this.#isLinked && this.#pairingWith === null) this.#say({ type: 'qr_idle' });
    const loss = LOSS_BY_STATE[state];
    if (loss !== undefined && (this.#isLinked || LOST_BEFORE_LINKED.has(state))) this.lose(loss);
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
