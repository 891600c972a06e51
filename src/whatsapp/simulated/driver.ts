import { resolve } from 'node:path';
import type { Credentials } from '../../domain/credentials.ts';
import { DRIVER_TRAITS } from '../../domain/driver-traits.ts';
import { ProfileInUseError } from '../device-errors.ts';
import type { Account, LinkedDevice, OpenOptions, SimulatedEvent, WhatsAppDriver } from '../device.ts';
import { SimulatedDevice } from './device.ts';
import { BLOCKED, BROWSER_CRASHED, CONFLICT, DRIVER_SHUT_DOWN, PAGE_CRASHED, PROFILE_IN_USE } from './faults.ts';
import type { Loss } from './faults.ts';
import { simulatedCredentials } from './credentials.ts';
import { SIMULATION_DEFAULTS } from './options.ts';
import type { SimulationOptions } from './options.ts';
import type { SimulatedOutgoing } from './outgoing.ts';
import { SimulatedServers } from './servers.ts';

/** A scan may name the QR or pairing code that the phone has seen; without it, it sees the one shown now. */
type Scan = Extract<SimulatedEvent, { event: 'scan' }> & { readonly code?: string | undefined };
/** What `play` understands. */
export type PlayedEvent = Scan | Exclude<SimulatedEvent, { event: 'scan' }>;

/** Whether an event could be played in the state the session is in. `why` is fit for a person's eyes. */
export type PlayResult = { readonly kind: 'played' } | { readonly kind: 'not_applicable'; readonly why: string };

const PLAYED: PlayResult = { kind: 'played' };
const notApplicable = (why: string): PlayResult => ({ kind: 'not_applicable', why });

/**
 * The driver without browsers, for frontends, tests and load. A login is a small file in the profile; the phone and the
 * world are played by `play`. Its rules are the real driver's: one browser in a profile, and nothing erased under it.
 */
export class SimulatedDriver implements WhatsAppDriver {
  readonly traits = DRIVER_TRAITS.simulated;
  readonly #simulation: SimulationOptions;
  readonly #servers = new SimulatedServers();
  readonly #byProfile = new Map<string, SimulatedDevice>();
  readonly #byKey = new Map<string, SimulatedDevice>();
  #isShutDown = false;

  constructor(simulation: Partial<SimulationOptions> = {}) {
    this.#simulation = { ...SIMULATION_DEFAULTS, ...simulation };
  }

  /** How many browsers would have a process now. */
  get liveBrowsers(): number {
    return [...this.#byProfile.values()].filter((browser) => browser.alive).length;
  }

  open(options: OpenOptions): LinkedDevice {
    const profile = resolve(options.credentials.directory);
    if (this.#isShutDown) return this.#refuse(options, DRIVER_SHUT_DOWN);
    if (this.#byProfile.has(profile)) return this.#refuse(options, PROFILE_IN_USE);
    const browser = new SimulatedDevice(options, this.#simulation, this.#servers, () => {
      this.#byProfile.delete(profile);
      if (this.#byKey.get(options.key) === browser) this.#byKey.delete(options.key);
    });
    this.#byProfile.set(profile, browser);
    this.#byKey.set(options.key, browser);
    browser.launch();
    return browser;
  }

  credentials(directory: string): Credentials {
    const refuseInUse = () => {
      if (this.#byProfile.has(resolve(directory))) throw new ProfileInUseError();
    };
    return simulatedCredentials(directory, refuseInUse, this.#simulation.version);
  }

  async shutdown(graceMs: number): Promise<void> {
    this.#isShutDown = true;
    await Promise.all([...this.#byProfile.values()].map((browser) => browser.close(graceMs)));
  }

  /**
   * Plays the phone or the world for one session. `network_down`, `network_up`, `launch_failures`, `logout` and
   * `message` also work while no browser is open: the next one finds the network, the failure (`lost`,
   * `internal_error`), the revoked login (`lost`, `logged_out`) or the message. All of that is forgotten when the
   * process ends.
   */
  play(key: string, event: PlayedEvent): PlayResult {
    const browser = this.#byKey.get(key);
    switch (event.event) {
      case 'network_down':
        this.#servers.setOffline(key, true);
        return PLAYED;
      case 'network_up':
        this.#servers.setOffline(key, false);
        browser?.catchUp();
        return PLAYED;
      case 'launch_failures':
        this.#servers.failLaunches(key, event.count);
        return PLAYED;
      case 'message':
        return this.#receive(key, event);
      case 'acks':
        this.outgoingOf(key).acknowledge(event);
        return PLAYED;
      case 'lose_send':
        this.outgoingOf(key).lose(event.when);
        return PLAYED;
      case 'refuse_sends':
        this.outgoingOf(key).refuse(event.code);
        return PLAYED;
      case 'logout':
        if (!this.#servers.revoke(key)) return notApplicable('no linked device of this session is known');
        browser?.catchUp();
        return PLAYED;
      default:
        if (browser === undefined) return notApplicable('no browser is open');
        if (browser.phase === 'lost' || browser.phase === 'closed')
          return notApplicable(`the browser is ${browser.phase}`);
        return playOn(browser, event);
    }
  }

  /** Somebody writes to the account. While its device is away WhatsApp keeps it. */
  #receive(key: string, event: Extract<PlayedEvent, { event: 'message' }>): PlayResult {
    if (!this.#servers.isLinked(key)) return notApplicable('no linked device of this session is known');
    const { clock, randomBytes } = this.#simulation;
    const waId = `3EB0${randomBytes(9).toString('hex').toUpperCase()}`;
    this.#servers.mailboxOf(key).receive({ event, at: clock.now(), waId });
    this.#byKey.get(key)?.deliver(false);
    return PLAYED;
  }

  /** What this session's account sent, as its phone has it. */
  outgoingOf(key: string): SimulatedOutgoing {
    return this.#servers.outgoingOf(key, this.#simulation.clock);
  }

  #refuse(options: OpenOptions, loss: Loss): LinkedDevice {
    const browser = new SimulatedDevice(options, this.#simulation, this.#servers, () => {});
    browser.refuseLaunch(loss);
    return browser;
  }
}

type NeedsBrowser = Exclude<
  PlayedEvent,
  {
    event:
      | 'network_down'
      | 'network_up'
      | 'launch_failures'
      | 'logout'
      | 'message'
      | 'acks'
      | 'lose_send'
      | 'refuse_sends';
  }
>;

function playOn(browser: SimulatedDevice, event: NeedsBrowser): PlayResult {
  switch (event.event) {
    case 'page_crash':
      browser.lose(PAGE_CRASHED);
      return PLAYED;
    case 'browser_crash':
      browser.lose(BROWSER_CRASHED);
      return PLAYED;
    case 'hang':
      browser.hang();
      return PLAYED;
    default:
      return browser.unreachable === null ? playOnPage(browser, event) : notApplicable(browser.unreachable);
  }
}

function playOnPage(
  browser: SimulatedDevice,
  event: Exclude<NeedsBrowser, { event: 'page_crash' | 'browser_crash' | 'hang' }>,
): PlayResult {
  switch (event.event) {
    case 'scan':
      return scan(browser, { phoneNumber: event.phoneNumber, displayName: event.displayName ?? null }, event.code);
    case 'refuse':
      if (browser.shown === null) return notApplicable('no QR or pairing code is shown');
      browser.refuseLink();
      return PLAYED;
    case 'conflict':
      if (browser.phase !== 'linked') return notApplicable('the device is not linked');
      browser.lose(CONFLICT);
      return PLAYED;
    case 'block':
      browser.lose(BLOCKED);
      return PLAYED;
    case 'restrict':
      if (browser.account === null) return notApplicable('the session is not ready');
      browser.hear({ kind: 'restricted', until: event.until, why: 'WhatsApp restricts new chats.' });
      return PLAYED;
  }
}

function scan(browser: SimulatedDevice, account: Account, code: string | undefined): PlayResult {
  const { shown } = browser;
  if (shown === null) return notApplicable('no QR or pairing code is shown');
  if (code !== undefined && code !== shown.code) return notApplicable('this is not the code that is shown now');
  if (shown.onlyFor !== null && shown.onlyFor !== account.phoneNumber)
    return notApplicable('the pairing code is for another phone number');
  browser.link(account);
  return PLAYED;
}
