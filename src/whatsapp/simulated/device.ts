import { mkdir } from 'node:fs/promises';
import type { PageItem } from '../../domain/message.ts';
import type { PairingCode } from '../../domain/session.ts';
import { PageSilentError, PairingRefusedError, UnlinkFailedError } from '../device-errors.ts';
import type { CallName, DeviceCalls } from '../device-calls.ts';
import type { CallHandlers } from '../call-table.ts';
import type { Account, DeviceEvent, LinkedDevice, OpenOptions } from '../device.ts';
import { createDeviceKeys, createPairingCode, createQrCode, type DeviceKeys } from './codes.ts';
import { BROWSER_CRASHED, LAUNCH_FAILED, LINK_REFUSED, LOGGED_OUT, PROFILE_UNUSABLE, UNREACHABLE } from './faults.ts';
import type { Loss } from './faults.ts';
import { HangingCalls } from './hang.ts';
import type { SimulatedCredentials } from './credentials.ts';
import { hasCredentials, keepsMark, readCredentials, writeCredentials } from './credentials.ts';
import { readyAs, SimulatedMessages } from './message-calls.ts';
import { missed, NETWORK_DOWN, PAGE_HANGS } from './misses.ts';
import type { SimulationOptions } from './options.ts';
import type { Phase } from './phase.ts';
import type { SimulatedServers } from './servers.ts';

/** A linked device without a browser. It has one timer at most, and none once it is ready. */
export class SimulatedDevice implements LinkedDevice {
  readonly #options: OpenOptions;
  readonly #simulation: SimulationOptions;
  readonly #servers: SimulatedServers;
  readonly #onClosed: () => void;
  #phase: Phase = { kind: 'launching' };
  #seq = 0;
  #hung = false;
  #timer: unknown = null;
  /** What was due while the network was down. */
  #held: (() => void) | null = null;
  /** Work on the profile that `close` has to wait for. Never rejects. */
  #disk: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;
  readonly #hanging = new HangingCalls();

  readonly #messages = new SimulatedMessages({
    mailbox: () => this.#servers.mailboxOf(this.#options.key),
    outgoing: () => this.#servers.outgoingOf(this.#options.key, this.#simulation.clock),
    isOnline: () => this.unreachable === null,
    ring: () => this.#emit({ type: 'inbox' }),
    answer: (signal) => this.#answerOrReject(signal),
  });
  readonly #handlers: CallHandlers<DeviceCalls> = {
    ...this.#messages.handlers,
    probe: async (_request, signal) => {
      await this.#answer(signal);
      const { kind } = this.#phase;
      if (this.#hung || kind === 'launching' || kind === 'unlinked' || this.#isOver()) {
        return missed('page_unresponsive', this.#hung ? PAGE_HANGS : `the browser is ${kind}`);
      }
      return this.unreachable === null ? { kind: 'alive' } : missed('network', NETWORK_DOWN);
    },
    memory: async () => (this.alive ? this.#simulation.memoryOf(this.#options.key) : null),
    isFlushed: async (_request, signal) => {
      await this.#answer(signal);
      return hasCredentials(this.#options.credentials.directory);
    },
    isStoring: (_request, signal) => this.#answer(signal).then(() => keepsMark(this.#options.credentials.directory)),
    requestPairingCode: async ({ phoneNumber }, signal) => {
      await this.#answer(signal);
      const obstacle = signal.aborted ? 'the wait for it was given up' : this.unreachable;
      if (obstacle !== null) throw new PairingRefusedError(obstacle);
      if (this.shown === null) throw new PairingRefusedError(`the browser is ${this.#phase.kind}`);
      this.#showPairingCode(phoneNumber);
    },
    unlink: async (_request, signal) => {
      await this.#answer(signal);
      const obstacle = signal.aborted ? 'the wait for it was given up' : this.unreachable;
      if (obstacle !== null) throw new UnlinkFailedError(obstacle);
      if (this.#phase.kind !== 'linked') throw new UnlinkFailedError(`the browser is ${this.#phase.kind}`);
      this.#servers.revoke(this.#options.key);
      this.#enter({ kind: 'unlinked' });
    },
  };

  constructor(options: OpenOptions, simulation: SimulationOptions, servers: SimulatedServers, onClosed: () => void) {
    this.#options = options;
    this.#simulation = simulation;
    this.#servers = servers;
    this.#onClosed = onClosed;
  }

  get phase(): Phase['kind'] {
    return this.#phase.kind;
  }

  /** Whether a real browser would still have a process now. */
  get alive(): boolean {
    return this.#phase.kind !== 'closed' && !(this.#phase.kind === 'lost' && this.#phase.loss === BROWSER_CRASHED);
  }

  /** The account that is ready to receive messages; null in every other phase. */
  get account(): Account | null {
    if (this.#phase.kind !== 'linked' || !this.#phase.synced) return null;
    const { phoneNumber, displayName } = this.#phase.credentials;
    return { phoneNumber, displayName };
  }

  /** The QR or pairing code on show, and the only phone that may enter it, when it was made for one. */
  get shown(): { readonly code: string; readonly onlyFor: string | null } | null {
    if (this.#phase.kind === 'showing_qr') return { code: this.#phase.code, onlyFor: null };
    if (this.#phase.kind === 'showing_code') return { code: this.#phase.code, onlyFor: this.#phase.phoneNumber };
    return null;
  }

  /** Why nothing can reach the page; null when it answers and is online. */
  get unreachable(): string | null {
    if (this.#hung) return PAGE_HANGS;
    return this.#servers.isOffline(this.#options.key) ? NETWORK_DOWN : null;
  }

  launch(): void {
    this.#disk = this.#launch();
  }

  /** Instead of `launch`: this browser never starts. Told in a later turn, as `open` has to return first. */
  refuseLaunch(loss: Loss): void {
    this.#disk = Promise.resolve().then(() => this.lose(loss));
  }

  call<Name extends CallName>(
    name: Name,
    request: DeviceCalls[Name]['request'],
    signal: AbortSignal,
  ): Promise<DeviceCalls[Name]['result']> {
    return this.#handlers[name](request, signal);
  }

  close(_graceMs: number): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The phone has scanned or entered what is shown. The login is on disk before `authenticated` is told. */
  link(account: Account): void {
    const credentials = { deviceId: this.#simulation.randomBytes(8).toString('hex'), ...account };
    const linked: Phase = { kind: 'linked', credentials, synced: false };
    this.#enter(linked);
    this.#servers.link(this.#options.key, credentials.deviceId);
    this.#emit({ type: 'scanned' });
    this.#disk = this.#save(linked, credentials);
  }

  /** The phone says no: the code it has seen is spent. */
  refuseLink(): void {
    this.#emit({ type: 'fault', fault: LINK_REFUSED });
    if (this.#phase.kind === 'showing_qr') this.#showQr(this.#phase.keys);
    if (this.#phase.kind === 'showing_code') this.#showPairingCode(this.#phase.phoneNumber);
  }

  lose(loss: Loss): void {
    if (this.#isOver()) return;
    this.#enter({ kind: 'lost', loss });
    this.#hanging.release();
    this.#emit({ type: 'lost', ...loss });
  }

  /** From now on the page does nothing and answers nothing, until it is closed. */
  hang(): void {
    this.#hung = true;
  }

  /** The page hears from WhatsApp again, and with that of what happened meanwhile. Nothing happens while it can not. */
  catchUp(): void {
    if (this.unreachable !== null) return;
    if (this.#phase.kind === 'linked' && this.#servers.isRevoked(this.#phase.credentials.deviceId))
      return this.lose(LOGGED_OUT);
    const held = this.#held;
    this.#held = null;
    held?.();
    this.deliver(true);
  }

  readonly hear = (item: PageItem): void => void (this.account !== null && this.#messages.hear(item));

  /** The page hears what WhatsApp has for it; `all`: what waits for a new connection too. */
  deliver(all: boolean): void {
    if (this.account === null || this.unreachable !== null) return;
    this.#messages.deliver(this.account, all);
  }

  async #launch(): Promise<void> {
    const fails = this.#servers.takeLaunchFailure(this.#options.key);
    let credentials: SimulatedCredentials | null;
    try {
      await mkdir(this.#options.credentials.directory, { recursive: true, mode: 0o700 });
      credentials = await readCredentials(this.#options.credentials.directory);
    } catch {
      return this.lose(PROFILE_UNUSABLE);
    }
    if (fails) return this.lose(LAUNCH_FAILED);
    this.#emit({ type: 'started', pid: null });
    this.#after(
      this.#simulation.launchDelayMs,
      () => this.#showFirstSign(credentials),
      () => this.lose(UNREACHABLE),
    );
  }

  #showFirstSign(credentials: SimulatedCredentials | null): void {
    if (credentials !== null)
      return this.#servers.isRevoked(credentials.deviceId) ? this.lose(LOGGED_OUT) : this.#restore(credentials);
    if (this.#options.pairWith !== null) return this.#showPairingCode(this.#options.pairWith);
    this.#showQr(createDeviceKeys(this.#simulation));
  }

  #restore(credentials: SimulatedCredentials): void {
    this.#servers.link(this.#options.key, credentials.deviceId);
    this.#enter({ kind: 'linked', credentials, synced: false });
    this.#sync(credentials);
  }

  async #save(linked: Phase, credentials: SimulatedCredentials): Promise<void> {
    try {
      await writeCredentials(this.#options.credentials.directory, credentials);
    } catch {
      return this.lose(PROFILE_UNUSABLE);
    }
    if (this.#phase === linked && !this.#hung) this.#sync(credentials);
  }

  #sync(credentials: SimulatedCredentials): void {
    this.#emit({ type: 'authenticated' });
    this.#after(this.#simulation.syncDelayMs, () => {
      this.#enter({ kind: 'linked', credentials, synced: true });
      // Its list hears of what waited before anybody is told that it is ready.
      this.deliver(true);
      if (this.account !== null) this.#emit(readyAs(this.account));
    });
  }

  #showQr(keys: DeviceKeys): void {
    const code = createQrCode(keys, this.#simulation);
    this.#seq += 1;
    this.#enter({ kind: 'showing_qr', keys, code });
    this.#after(this.#simulation.qrLifetimeMs, () => this.#showQr(keys));
    this.#emit({ type: 'qr', qr: { code, seq: this.#seq, ...this.#lifetime(this.#simulation.qrLifetimeMs) } });
  }

  #showPairingCode(phoneNumber: string): void {
    const ms = this.#simulation.pairingCodeLifetimeMs;
    const pairingCode: PairingCode = { code: createPairingCode(this.#simulation), phoneNumber, ...this.#lifetime(ms) };
    this.#enter({ kind: 'showing_code', phoneNumber, code: pairingCode.code });
    this.#after(ms, () => this.#showPairingCode(phoneNumber));
    this.#emit({ type: 'pairing_code', pairingCode });
  }

  #lifetime(ms: number): { issuedAt: string; expiresAt: string } {
    const now = this.#simulation.clock.now();
    return { issuedAt: new Date(now).toISOString(), expiresAt: new Date(now + ms).toISOString() };
  }

  /** What was due in the phase that ends is due no more. */
  #enter(phase: Phase): void {
    if (this.#timer !== null) this.#simulation.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#held = null;
    this.#phase = phase;
  }

  /** Does `step` after `ms`; while the network is down `offlineStep` instead, or `step` once it is up again. */
  #after(ms: number, step: () => void, offlineStep?: () => void): void {
    if (this.#isOver()) return;
    this.#timer = this.#simulation.clock.setTimeout(() => {
      this.#timer = null;
      if (this.#hung) return;
      if (this.unreachable === null) step();
      else if (offlineStep === undefined) this.#held = step;
      else offlineStep();
    }, ms);
  }

  #isOver(): boolean {
    return this.#phase.kind === 'closed' || this.#phase.kind === 'lost';
  }

  #emit(event: DeviceEvent): void {
    if (this.#phase.kind === 'closed' || (this.#phase.kind === 'lost' && event.type !== 'lost')) return;
    this.#options.onEvent(event);
  }

  /** A page that hangs answers nothing until the caller gives up or the browser is gone. */
  async #answer(signal: AbortSignal): Promise<void> {
    if (this.#hung && !this.#isOver()) await this.#hanging.wait(signal);
  }

  async #answerOrReject(signal: AbortSignal): Promise<void> {
    await this.#answer(signal);
    if (signal.aborted || this.#isOver()) throw new PageSilentError('the page is gone');
  }

  async #close(): Promise<void> {
    this.#enter({ kind: 'closed' });
    this.#hanging.release();
    await this.#disk;
    this.#onClosed();
  }
}
