import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Device } from './account.ts';
import type { Push } from './protocol.ts';
import type { Misbehaviour, Moment, PageScript, PageSettings, SocketState } from './settings.ts';
import type { WebPage } from './web-page.ts';

/** The server's side of a page. */
export class ServedPage implements WebPage {
  readonly id = randomBytes(9).toString('base64url');
  readonly nonce = randomBytes(32).toString('base64');
  readonly browserPid: number;
  readonly settings: PageSettings;
  readonly moments = new Set<Moment>();
  /** The page's own public keys, base64; a scan must carry them. */
  keys: { readonly noise: string; readonly identity: string } | null = null;
  device: Device | null = null;
  /** A scan that waits for the page's verdict. */
  pairing: { readonly settle: (accepted: boolean) => void } | null = null;
  /** Every ref this page has ever shown. */
  readonly shown = new Set<string>();
  readonly queries: string[] = [];
  ref: string | null = null;
  readonly #fails: Extract<PageScript, { kind: 'fails' }> | null;
  readonly #killRenderers: (pid: number) => void;
  #stream: ServerResponse | null = null;
  #rotation: NodeJS.Timeout | undefined;
  #isHanging = false;
  #refsLeft = 0;

  constructor(browserPid: number, settings: PageSettings, script: PageScript, killRenderers: (pid: number) => void) {
    this.browserPid = browserPid;
    this.settings = settings;
    this.#fails = script.kind === 'fails' ? script : null;
    this.#killRenderers = killRenderers;
  }

  get isConnected(): boolean {
    return this.#stream !== null;
  }

  get isHanging(): boolean {
    return this.#isHanging;
  }

  get phoneNumber(): string | null {
    return this.device?.account.number ?? null;
  }

  /** The fault that the page must cause before any of its code runs. A crash is caused from outside. */
  get failsAtLoad(): Misbehaviour | null {
    return this.#fails?.at === 'load' && this.#fails.how.kind !== 'crash' ? this.#fails.how : null;
  }

  attach(stream: ServerResponse): void {
    this.#stream?.destroy();
    this.#stream = stream;
    stream.once('close', () => {
      if (this.#stream !== stream) return;
      this.#stream = null;
      this.hideRefs();
      this.pairing?.settle(false);
    });
    this.reached('load');
    this.push({ type: 'challenge', nonce: this.nonce });
  }

  push(push: Push): void {
    this.#stream?.write(`data: ${JSON.stringify(push)}\n\n`);
  }

  reached(moment: Moment): void {
    if (this.moments.has(moment)) return;
    this.moments.add(moment);
    if (this.#fails?.at === moment && (moment !== 'load' || this.#fails.how.kind === 'crash'))
      this.misbehave(this.#fails.how);
  }

  misbehave(how: Misbehaviour): void {
    if (how.kind === 'crash') this.#killRenderers(this.browserPid);
    else this.push({ type: 'misbehave', how });
  }

  hangs(): void {
    this.#isHanging = true;
  }

  setState(state: SocketState): void {
    this.push({ type: 'state', state });
  }

  showRefs(): void {
    this.#refsLeft = this.settings.qr.refs;
    this.#showNextRef(this.settings.qr.firstMs);
  }

  hideRefs(): void {
    clearTimeout(this.#rotation);
    this.ref = null;
  }

  rotate(): void {
    if (this.ref !== null) this.#showNextRef(this.settings.qr.restMs);
  }

  #showNextRef(standsMs: number): void {
    this.hideRefs();
    if (this.#refsLeft === 0) {
      this.push({ type: 'idle' });
      return;
    }
    this.#refsLeft -= 1;
    this.ref = `2@${randomBytes(48).toString('base64')}`;
    this.shown.add(this.ref);
    this.push({ type: 'ref', ref: this.ref });
    this.#rotation = setTimeout(() => this.rotate(), standsMs);
    this.reached('qr');
  }
}
