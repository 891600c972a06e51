import type { LibraryClient } from '../isolate/library.ts';
import { lossOf } from '../faults.ts';
import { PAIRING_REFUSED, type Loss } from '../loss-causes.ts';
import type { Sight } from './page-scripts.ts';
import { wasReplacedUnder, type ScriptedPage } from './page-wiring.ts';

/** The library's own renewal of pairing codes, put off for ever: the longest time that a timer takes. */
const NEVER_MS = 2 ** 31 - 1;
export const WAITING_FOR_SCAN: ReadonlySet<string> = new Set(['UNPAIRED', 'UNPAIRED_IDLE', 'PAIRING']);
/** A phone that has just entered the code is no reason to replace it. */
const SHOWING_A_CODE: ReadonlySet<string> = new Set(['UNPAIRED', 'UNPAIRED_IDLE']);

/** What the library is told when it is to ask for a code by itself. */
export const pairingFor = (phoneNumber: string) => ({ phoneNumber, showNotification: true, intervalMs: NEVER_MS });

interface PagePairingOptions {
  readonly client: Pick<LibraryClient, 'requestPairingCode' | 'options'>;
  readonly page: () => ScriptedPage | null;
  readonly look: () => Promise<Sight>;
  readonly pairWith: string | null;
  readonly isLinked: () => boolean;
  readonly onLoss: (loss: Loss) => void;
}

/** Asks a page for codes to type. The library asks by itself as well: from the start, and of each page that follows. */
export class PagePairing {
  readonly #options: PagePairingOptions;
  /** The library's own: it rejects. */
  readonly #ask: LibraryClient['requestPairingCode'];
  #phoneNumber: string | null;
  /** What was asked last: the page is asked for one code after the other, so that the last one is shown last. */
  #asked: Promise<unknown> = Promise.resolve();

  constructor(options: PagePairingOptions) {
    this.#options = options;
    this.#phoneNumber = options.pairWith;
    const { client } = options;
    this.#ask = client.requestPairingCode.bind(client);
    client.requestPairingCode = (...args) => this.#askCatching(...args);
  }

  /** Whose code is shown, or was asked for; `null`: a QR is shown. */
  get phoneNumber(): string | null {
    return this.#phoneNumber;
  }

  /** Rejects when the page waits for no scan, or refuses. */
  request(phoneNumber: string): Promise<void> {
    return this.#inTurn(() => this.#request(phoneNumber));
  }

  /**
   * Rejects while the page can ask for none, which may pass. That WhatsApp refuses is told as a loss: the old code is
   * worth nothing, and no other will come.
   */
  renew(): Promise<void> {
    return this.#inTurn(() => this.#renew());
  }

  #inTurn(ask: () => Promise<void>): Promise<void> {
    const asking = this.#asked.then(ask);
    this.#asked = asking.catch(() => undefined);
    return asking;
  }

  async #request(phoneNumber: string): Promise<void> {
    const sight = await this.#options.look();
    if (sight.kind === 'booting' || !WAITING_FOR_SCAN.has(sight.state)) throw new Error('the page waits for no scan');
    const before = this.#phoneNumber;
    this.#phoneNumber = phoneNumber;
    try {
      await this.#ask(phoneNumber, true, NEVER_MS);
      // From now on a page that was replaced asks for a code by itself, not for a QR that nobody is shown.
      this.#options.client.options.pairWithPhoneNumber = pairingFor(phoneNumber);
    } catch (error) {
      this.#phoneNumber = before;
      throw error;
    }
  }

  async #renew(): Promise<void> {
    const phoneNumber = this.#phoneNumber;
    const sight = await this.#options.look();
    if (phoneNumber === null || sight.kind === 'booting' || !SHOWING_A_CODE.has(sight.state))
      throw new Error('the page shows no code');
    await this.#askCatching(phoneNumber, true, NEVER_MS);
  }

  async #askCatching(...args: Parameters<LibraryClient['requestPairingCode']>): Promise<string> {
    const { page: current, isLinked, onLoss } = this.#options;
    try {
      return await this.#ask(...args);
    } catch (error) {
      // The page that follows is asked afresh; and who has just entered the last code needs no other.
      const page = current();
      if (isLinked() || (page !== null && (await wasReplacedUnder(page, error)))) return '';
      const loss = lossOf(error);
      // A code is all that this page would ever show; asking again at once makes a refusal last longer. What is known
      // to be no refusal is told as what it is.
      onLoss(loss.fault.code === 'LIBRARY_FAILED' ? PAIRING_REFUSED(loss.fault.message) : loss);
      return '';
    }
  }
}
