import type { SessionCommand, SessionEvent } from '../../../machines/session.machine.ts';
import { inTime } from '../../domain/deadline.ts';
import type { Credentials } from '../../domain/credentials.ts';
import { ensureError, FencedError, SupervisorError } from '../../domain/errors.ts';
import type { ProxyRoute } from '../../host/outbound/proxy-connection.ts';
import type { Capabilities } from '../../domain/message.ts';
import { sessionKey } from '../../domain/session.ts';
import type { CreateMessaging, SessionMessaging } from '../../messaging/session-messaging.ts';
import type { DeviceEvent, LossCause, Unreadable } from '../../whatsapp/device.ts';
import { CREDENTIALS_NOT_HELD, faultOf, launchOutcome, newsOf, probeNews } from './device-news.ts';
import type { DeviceService } from './device-service.ts';
import type { EffectsParts, EffectsSession } from './effects-parts.ts';
import { LivenessService } from './liveness-service.ts';
import type { CreateCredentialKeeper, CredentialKeeper } from '../credentials/credential-keeper.ts';
import { causeOfPreparing, faultOfPreparing } from '../credentials/preparing-faults.ts';
import { agingBrowserOf, type OpenDevice } from './open-device.ts';
import { PreparedDevice } from './prepared-device.ts';
import type { AgingBrowser } from '../fleet/browser-recycler.ts';
import type { SessionCommandHandler } from './session-actor.ts';
import { StorageService } from './storage-service.ts';
import { UnreadableNews } from './unreadable-news.ts';

/** How long a planned end of a browser waits for the message that was just handed to it. */
const IN_THE_AIR_MS = 20_000;

interface SessionEffectsOptions extends Omit<EffectsParts, 'createKeeper' | 'createMessaging'>, EffectsSession {
  readonly key: string;
  readonly credentials: Credentials;
}

export type CreateSessionEffects = (session: EffectsSession) => SessionEffects;

/** Makes the effects of each session; `credentialsOf` gives those of the session with this key. */
export function createSessionEffects({
  credentialsOf,
  createKeeper,
  createMessaging,
  ...parts
}: EffectsParts & { readonly credentialsOf: (key: string) => Credentials }): CreateSessionEffects {
  return (session) => {
    const key = sessionKey(session.address);
    return new SessionEffects(
      { ...parts, ...session, key, credentials: credentialsOf(key) },
      createKeeper,
      createMessaging,
    );
  };
}

/**
 * Does what a session's machine asks and tells it what happened. It owns the devices, outside of XState: whatever
 * becomes of the actor, `closeAll` ends them.
 */
export class SessionEffects implements SessionCommandHandler {
  readonly #options: SessionEffectsOptions;
  readonly #keeper: CredentialKeeper;
  readonly #messaging: SessionMessaging;
  readonly #unreadable: UnreadableNews;
  /** What works beside a ready device, in the order in which it is told. */
  readonly #services: readonly DeviceService[];
  readonly #open = new Map<number, OpenDevice>();
  /** The pairing that was asked for last: how an earlier one ended is no news. */
  #pairing: symbol | null = null;
  #tell: (event: SessionEvent) => void = () => undefined;

  constructor(options: SessionEffectsOptions, createKeeper: CreateCredentialKeeper, createMessaging: CreateMessaging) {
    this.#options = options;
    this.#unreadable = new UnreadableNews(options, options.address);
    const { address, epoch, confirm, clock, tell, onFenced, onError } = options;
    this.#keeper = createKeeper({
      address,
      epoch,
      confirm,
      onError,
      onSealed: () => this.#tell({ type: 'credentials.sealed' }),
      onMissing: () => this.#tell({ type: 'credentials.missing' }),
      onFault: (fault) => this.#tell({ type: 'browser.fault', browser: [...this.#open.keys()].at(-1) ?? 0, fault }),
    });
    const liveness = new LivenessService({
      clock,
      intervalMs: options.probeIntervalMs,
      onResult: (browser, result) => this.#tell(probeNews(browser, result)),
    });
    const storage = new StorageService({
      ...options,
      ...options.storage,
      trust: (stores) => this.#keeper.trust(stores),
      tell: (event) => this.#tell(event),
    });
    this.#messaging = createMessaging({
      address,
      epoch,
      confirm,
      checkLease: options.checkLease,
      tell,
      profileSince: () => this.#keeper.profileSince(),
      onActivity: () => [...this.#open.values()].slice(-1).forEach((open) => (open.lastMessageAt = clock.now())),
      onFenced,
      onError: (error) => onError(ensureError(error)),
    });
    this.#services = [liveness, this.#keeper, storage, this.#messaging];
  }

  connect(tell: (event: SessionEvent) => void): void {
    this.#tell = tell;
  }

  /** Ends every device of this session and listens to none any more. */
  async closeAll(graceMs = this.#options.closeGraceMs): Promise<void> {
    this.#tell = () => undefined;
    this.#options.launches.settleLaunch('abandoned');
    for (const service of this.#services) service.end();
    await this.#closeUpTo(Number.POSITIVE_INFINITY, graceMs);
  }

  /** No device is left: seals or removes the credentials that the last one has left. Never rejects. */
  retire(): Promise<void> {
    return this.#keeper.retire();
  }

  /** The device that is ready, when one is. */
  agingBrowser(): AgingBrowser | null {
    const newest = [...this.#open.values()].at(-1);
    return newest === undefined ? null : agingBrowserOf(newest);
  }

  obey(command: SessionCommand): void {
    const { launches } = this.#options;
    switch (command.type) {
      case 'launch.request':
        return launches.requestLaunch();
      case 'launch.withdraw':
        return launches.withdrawLaunch();
      case 'verdict.request':
        return command.isOutage ? launches.requestVerdict(command.restarts) : launches.requestVerdict();
      case 'browser.open':
        return this.#openDevice(command.browser, command.pairWith);
      case 'browser.pair':
        return this.#attempt(this.#pair(command.browser, command.pairWith));
      case 'browser.unlink':
        for (const service of this.#services) service.onClosing();
        return this.#attempt(this.#unlink(command.browser));
      case 'browser.close':
        // Given up because it never came up: nobody else would count that.
        launches.settleLaunch(command.because === 'launch_timeout' ? 'failed' : 'abandoned');
        if (command.because === 'launch_timeout') this.#noteLoss(command.browser, 'launch_timeout');
        for (const service of this.#services) service.onClosing();
        return this.#attempt(this.#close(command.browser, command.because === null));
      case 'profile.erase':
        return this.#attempt(this.#erase('login'));
      case 'profile.discard':
        return this.#attempt(this.#erase('profile'));
    }
  }

  #openDevice(number: number, pairWith: string | null): void {
    const { driver, key, credentials, address, proxyOf, confirm } = this.#options;
    let proxy: ProxyRoute | null = null;
    const onEvent = (event: DeviceEvent) => this.#hear(number, event);
    const device = new PreparedDevice({
      prepare: async (signal) => {
        await this.#keeper.prepare(signal);
        proxy = await proxyOf(address);
        // Last of all: to prepare a profile may take long.
        await confirm();
      },
      open: () => driver.open({ key, credentials, pairWith, proxy, onEvent }),
      onError: (error, what) => this.#lose(number, error, what),
    });
    this.#open.set(number, { number, device, phase: 'opening', readyAt: null, lastMessageAt: 0 });
  }

  #hear(number: number, event: DeviceEvent): void {
    const { launches } = this.#options;
    const open = this.#open.get(number);
    if ((event.type === 'qr' || event.type === 'pairing_code') && open?.phase === 'opening') {
      open.phase = 'shows_code';
      launches.settleLaunch('up');
      if (this.#keeper.refused() === 'archive')
        return this.#hear(number, { type: 'lost', cause: 'internal_error', fault: CREDENTIALS_NOT_HELD });
    }
    const outcome = launchOutcome(event);
    if (outcome !== null) launches.settleLaunch(outcome);
    switch (event.type) {
      case 'inbox':
        if (open?.phase === 'leaving') return;
        return this.#messaging.ring();
      case 'scanned':
        this.#messaging.onScanned();
        break;
      case 'unreadable':
        return this.#tellUnreadable(number, event.unreadable);
      case 'authenticated':
        this.#keeper.booted();
        break;
      case 'lost':
        this.#noteLoss(number, event.cause);
        break;
      default:
    }
    const news = newsOf(number, event);
    if (news !== null) this.#tell(news);
    if (event.type === 'ready') this.#serve(number, event.account.phoneNumber, event.capabilities ?? null);
  }

  /** What works beside a ready device begins, unless the session has just refused its account. */
  #serve(number: number, phoneNumber: string, capabilities: Capabilities | null): void {
    const open = this.#open.get(number);
    if (open === undefined || open.phase === 'leaving') return;
    open.readyAt ??= this.#options.clock.now();
    for (const service of this.#services) service.onReady({ ...open, phoneNumber, capabilities });
  }

  #tellUnreadable(browser: number, unreadable: Unreadable): void {
    const fault = this.#unreadable.add(unreadable);
    if (fault !== null) this.#tell({ type: 'browser.fault', browser, fault });
  }

  async #pair(number: number, phoneNumber: string | null): Promise<void> {
    const open = this.#open.get(number);
    if (open === undefined || phoneNumber === null) return;
    const pairing = (this.#pairing = Symbol(phoneNumber));
    try {
      await this.#options.confirm();
      await open.device.call('requestPairingCode', { phoneNumber }, AbortSignal.timeout(this.#options.pairTimeoutMs));
    } catch (error) {
      this.#logUnexpected(error);
      if (pairing === this.#pairing)
        this.#tell({ type: 'browser.fault', browser: number, fault: faultOf('PAIRING_REFUSED', error) });
    }
  }

  async #unlink(number: number): Promise<void> {
    const open = this.#open.get(number);
    if (open !== undefined) open.phase = 'leaving';
    try {
      await this.#options.confirm();
      await open?.device.call('unlink', null, AbortSignal.timeout(this.#options.unlinkTimeoutMs));
      this.#tell({ type: 'browser.unlinked', browser: number });
    } catch (error) {
      this.#logUnexpected(error);
      this.#tell({ type: 'browser.unlink_failed', browser: number, fault: faultOf('UNLINK_FAILED', error) });
    }
  }

  /** `inOrder`: nothing is wrong with it, so what it was just handed may come to its end first. */
  async #close(number: number, inOrder: boolean): Promise<void> {
    if (inOrder) await inTime(IN_THE_AIR_MS, this.#messaging.settled()).catch(() => undefined);
    await this.#closeUpTo(number);
    this.#tell({ type: 'browser.closed', browser: number });
  }

  /** Closes the device and any older one that is still closing: the next launch must find the profile free. */
  async #closeUpTo(number: number, graceMs = this.#options.closeGraceMs): Promise<void> {
    const closing = [...this.#open.values()].filter((open) => open.number <= number);
    await Promise.all(
      closing.map(async (open) => {
        await open.device.close(graceMs);
        this.#open.delete(open.number);
      }),
    );
  }

  async #erase(what: 'login' | 'profile'): Promise<void> {
    await this.#keeper.erase(what);
    this.#tell({ type: 'profile.erased' });
  }

  #noteLoss(number: number, cause: LossCause): void {
    const open = this.#open.get(number);
    if (open === undefined || open.phase === 'lost') return;
    open.phase = 'lost';
    for (const service of this.#services) service.onLost(cause);
  }

  /**
   * The device never opened. Where its credentials could not be prepared, that concerns this session alone, and does not
   * count as a failed launch of the node.
   */
  #lose(number: number, error: unknown, what: 'unprepared' | 'not_opened'): void {
    this.#logUnexpected(error);
    this.#options.launches.settleLaunch(what === 'unprepared' ? 'abandoned' : 'failed');
    this.#tell({
      type: 'browser.lost',
      browser: number,
      cause: causeOfPreparing(error),
      fault: faultOfPreparing(error),
    });
  }

  #logUnexpected(error: unknown): void {
    if (error instanceof FencedError) return this.#options.onFenced();
    if (!(error instanceof SupervisorError)) this.#options.onError(ensureError(error));
  }

  #attempt(work: Promise<void>): void {
    work.catch((error: unknown) => this.#options.onError(ensureError(error)));
  }
}
