import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import { ProxyForwarder } from '../../host/outbound/proxy-forwarder.ts';
import { memoryUsage } from '../../host/disk-usage.ts';
import type { BrowserRegistry, LiveBrowser } from './browser-registry.ts';
import { BoundedCache, cacheDirIn } from './bounded-cache.ts';
import { startChromium } from './chromium/chromium-process.ts';
import { groupMemory } from './chromium/group-memory.ts';
import { type Headless, launchArguments } from './chromium/launch-arguments.ts';
import { isGroupAlive, killGroup, untilGroupGone } from './chromium/process-group.ts';
import { resolveExecutable } from './chromium/resolve-executable.ts';
import { unanswered, type CallName, type DeviceCalls } from '../device-calls.ts';
import type { CallHandlers } from '../call-table.ts';
import { messageHandlers } from './message-handlers.ts';
import { MarkerNotStoredError } from '../device-errors.ts';
import type { DeviceEvent, LinkedDevice, OpenOptions } from '../device.ts';
import { faultOf } from './faults.ts';
import { FlushMarker, reachesDisk, type FlushMarkerOptions } from './flush-marker.ts';
import {
  BROWSER_DIED,
  DRIVER_SHUT_DOWN,
  NOT_STARTED,
  PAGE_CLOSED,
  ISOLATE_DIED,
  lossBehindProxy,
  type Loss,
} from './loss-causes.ts';
import { type ProfileLock, takeProfileLock } from './profile-lock.ts';
import { PairingCodeRenewal } from './pairing-code-renewal.ts';
import { prepareProfile } from './credentials.ts';
import { QrRenewal } from './qr-renewal.ts';
import type { Outcome, PageCallName, PageCalls, PageDeadlines, Report } from './isolate/messages.ts';
import { Isolate } from './isolate/isolate.ts';

const REFRESH_DEADLINE_MS = 10_000;
/**
 * How long a thread may take to pass on that the browser shall end. One that is busy for longer is ended, and the
 * browser with its pipe.
 */
const ASKING_MS = 1_000;
/** A page closes just before its browser's end is known. The browser's end is the truth of the two. */
const CLOSED_PAGE_WAITS_MS = 500;
/** After SIGKILL. What outlives this hangs in the kernel. */
const KILL_DEADLINE_MS = 10_000;

export interface ChromiumDeviceOptions {
  readonly executablePath: string;
  readonly headless: Headless;
  readonly isSandboxed: boolean;
  readonly browserArgs: readonly string[];
  readonly userAgent: string;
  readonly deadlines: PageDeadlines;
  /** How much HTTP cache each browser may keep. */
  readonly cacheBytes: number;
  readonly registry: BrowserRegistry;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Nothing is launched before this has settled: what a dead service has left behind is killed first. */
  readonly canLaunch: Promise<unknown>;
  readonly isShutDown: () => boolean;
  /** `close` has done what it can. */
  readonly onClosed: (device: ChromiumDevice) => void;
}

/** One session's Chromium: its profile's lock, its process group, its thread, and what is told of them. */
export class ChromiumDevice implements LinkedDevice {
  readonly #open: OpenOptions;
  readonly #options: ChromiumDeviceOptions;
  readonly #qrs: QrRenewal;
  readonly #pairingCodes: PairingCodeRenewal;
  readonly #abort = new AbortController();
  readonly #marking: FlushMarkerOptions;
  readonly #flushMarker: FlushMarker;
  readonly #cache: BoundedCache;
  readonly #launching: Promise<void>;
  #lock: ProfileLock | null = null;
  #isolate: Isolate | null = null;
  #live: LiveBrowser | null = null;
  #forwarder: ProxyForwarder | null = null;
  #isLost = false;
  #closing: Promise<void> | null = null;

  readonly #handlers: CallHandlers<DeviceCalls> = {
    ...messageHandlers((name, request, signal) => this.#onPage(name, request, signal)),
    probe: async (request, signal) => {
      const result = await this.#onPage('probe', request, signal);
      void this.#cache.look();
      return this.#isGone ? unanswered.probe('the browser is gone') : result;
    },
    memory: () => this.#memory(),
    isFlushed: (_request, signal) => this.#flushMarker.hasReachedDisk(signal),
    isStoring: (_request, signal) => reachesDisk(this.#marking, signal),
    requestPairingCode: (request, signal) => this.#onPage('requestPairingCode', request, signal),
    unlink: (request, signal) => this.#onPage('unlink', request, signal),
  };

  constructor(open: OpenOptions, options: ChromiumDeviceOptions) {
    this.#open = open;
    this.#options = options;
    this.#qrs = new QrRenewal({
      clock: options.clock,
      onQr: (qr) => this.#tell({ type: 'qr', qr }),
      refresh: () => void this.#isolate?.call('refreshQr', null, AbortSignal.timeout(REFRESH_DEADLINE_MS)),
    });
    this.#pairingCodes = new PairingCodeRenewal({
      clock: options.clock,
      onCode: (pairingCode) => this.#tell({ type: 'pairing_code', pairingCode }),
      refresh: () => void this.#isolate?.call('renewPairingCode', null, AbortSignal.timeout(REFRESH_DEADLINE_MS)),
    });
    this.#marking = {
      profileDir: open.credentials.directory,
      write: async (marker, signal) => {
        const outcome = await this.#ask('storeFlushMarker', { marker }, signal);
        if (outcome.kind === 'failed') throw new MarkerNotStoredError(outcome.why);
      },
      now: () => options.clock.now(),
      randomBytes,
    };
    this.#flushMarker = new FlushMarker(this.#marking);
    this.#cache = new BoundedCache({
      directory: cacheDirIn(open.credentials.directory),
      bytes: options.cacheBytes,
      clear: async () => void (await this.#ask('clearCache', null, AbortSignal.timeout(REFRESH_DEADLINE_MS))),
    });
    this.#launching = this.#launch().catch((error: unknown) =>
      this.#lose(NOT_STARTED(faultOf(error, 'LAUNCH_FAILED'))),
    );
  }

  call<Name extends CallName>(
    name: Name,
    request: DeviceCalls[Name]['request'],
    signal: AbortSignal,
  ): Promise<DeviceCalls[Name]['result']> {
    return this.#handlers[name](request, signal);
  }

  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#end(graceMs).finally(() => this.#options.onClosed(this));
    return this.#closing;
  }

  /** A call of a device that its page answers. */
  async #onPage<Name extends CallName & PageCallName>(
    name: Name,
    request: PageCalls[Name]['request'],
    signal: AbortSignal,
  ): Promise<PageCalls[Name]['result'] | DeviceCalls[Name]['result']> {
    const outcome = await this.#ask(name, request, signal);
    return outcome.kind === 'done' ? outcome.result : unanswered[name](outcome.why);
  }

  async #ask<Name extends PageCallName>(
    name: Name,
    request: PageCalls[Name]['request'],
    signal: AbortSignal,
  ): Promise<Outcome<PageCalls[Name]['result']>> {
    if (this.#isGone || this.#isolate === null) return { kind: 'failed', why: 'no browser is open' };
    return this.#isolate.call(name, request, signal);
  }

  /** Of its processes, and of its profile where that lies in memory. */
  async #memory(): Promise<number | null> {
    if (this.#live === null) return null;
    const [processes, profile] = await Promise.all([
      groupMemory(this.#live.leader),
      memoryUsage(this.#open.credentials.directory),
    ]);
    return processes === null ? null : processes + profile;
  }

  /** Lost or being closed: nothing is told any more. */
  get #isGone(): boolean {
    return this.#isLost || this.#closing !== null;
  }

  async #launch(): Promise<void> {
    // `open` returns before anything is told.
    await this.#options.canLaunch;
    if (this.#options.isShutDown()) return this.#lose(DRIVER_SHUT_DOWN);
    if (this.#isGone) return;
    const { credentials, key, pairWith } = this.#open;
    const profileDir = credentials.directory;
    const { registry, deadlines, headless, isSandboxed, userAgent, browserArgs } = this.#options;
    this.#lock = takeProfileLock(profileDir);
    await prepareProfile(profileDir);
    await this.#cache.prepare();
    const executablePath = await resolveExecutable(this.#options.executablePath);
    if (this.#isGone) return;
    this.#isolate = await Isolate.start(
      { pairWith, deadlines, onReport: (report) => this.#hear(report), onExit: () => this.#lose(ISOLATE_DIED) },
      this.#abort.signal,
    );
    if (this.#isGone) return;
    const route = this.#open.proxy ?? null;
    this.#forwarder = route && (await ProxyForwarder.start(route));
    const proxy = this.#forwarder?.url ?? null;
    const args = launchArguments({ profileDir, headless, isSandboxed, userAgent, proxy, browserArgs });
    const { leader, ended } = await startChromium(executablePath, args, this.#isolate.pipe);
    this.#live = { key, leader };
    registry.add(this.#live);
    this.#lock.passTo(leader);
    this.#tell({ type: 'started', pid: leader.pid });
    void ended.then((ending) => this.#lose(BROWSER_DIED(ending)));
  }

  #hear(report: Report): void {
    switch (report.type) {
      case 'qr':
        return this.#qrs.shown(report.code);
      case 'qr_idle':
        return this.#qrs.idle();
      case 'pairing_code':
        this.#qrs.end();
        // One that was on its way when the browser was lost starts no timer.
        if (!this.#isGone) this.#pairingCodes.shown(report.code, report.phoneNumber);
        return;
      case 'lost':
        if (report.fault.code !== PAGE_CLOSED.fault.code) return this.#lose(report);
        this.#options.clock.setTimeout(() => this.#lose(report), CLOSED_PAGE_WAITS_MS);
        return;
      case 'scanned':
        this.#qrs.pause();
        this.#pairingCodes.end();
        return this.#tell(report);
      case 'authenticated':
      case 'ready':
        this.#endCodes();
        return this.#tell(report);
      case 'progress':
      case 'inbox':
      case 'fault':
      case 'unreadable':
        return this.#tell(report);
    }
  }

  #tell(event: DeviceEvent): void {
    if (!this.#isGone) this.#open.onEvent(event);
  }

  #endCodes(): void {
    this.#qrs.end();
    this.#pairingCodes.end();
  }

  #lose(loss: Loss): void {
    this.#endCodes();
    if (this.#isGone) return;
    this.#isLost = true;
    this.#open.onEvent({ type: 'lost', ...lossBehindProxy(loss, this.#forwarder?.fault ?? null) });
  }

  async #end(graceMs: number): Promise<void> {
    this.#endCodes();
    this.#abort.abort(new Error('closed'));
    await this.#launching;
    const live = this.#live;
    if (live !== null) await this.#endProcesses(live, graceMs);
    await this.#isolate?.end();
    await this.#forwarder?.close();
    if (live !== null && isGroupAlive(live.leader)) {
      // Its lock and its entry stay: nobody may open the profile, and the next start tries again.
      this.#options.log.error({ key: live.key, pid: live.leader.pid }, 'A browser survives SIGKILL');
      return;
    }
    if (live !== null) this.#options.registry.remove(live);
    this.#lock?.release();
  }

  async #endProcesses({ key, leader }: LiveBrowser, graceMs: number): Promise<void> {
    const patience = AbortSignal.timeout(Math.min(ASKING_MS, graceMs));
    const asked = await this.#isolate?.call('closeBrowser', null, patience);
    if (asked?.kind !== 'done') await this.#isolate?.end();
    if (await untilGroupGone(leader, graceMs)) return;
    this.#options.log.warn({ key, pid: leader.pid, graceMs }, 'A browser did not end when asked; killing it');
    killGroup(leader);
    await untilGroupGone(leader, KILL_DEADLINE_MS);
  }
}
