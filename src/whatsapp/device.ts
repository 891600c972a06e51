import type { Credentials } from '../domain/credentials.ts';
import type { DriverTraits } from '../domain/driver-traits.ts';
import type { Capabilities } from '../domain/message.ts';
import type { PairingCode, Qr } from '../domain/session.ts';
import type { ProxyRoute } from '../host/outbound/proxy-connection.ts';
import type { Account, Cause, Fault } from '../../machines/session.machine.ts';
import type { CallName, DeviceCalls } from './device-calls.ts';

export type { Account, Fault };

/** Why a browser was lost. The session machine's table of causes says what follows from each. */
export type LossCause = Cause;

/** The kinds of what a page tells and nobody can read. */
export const UNREADABLE_KINDS = ['message', 'account', 'code', 'state', 'event', 'script', 'page'] as const;

/**
 * Something that the page told and that cannot be read: WhatsApp has changed it. `event`: the library threw at what the
 * page told it; `script`: code of the library, or ours, threw in the page; `page`: the page lacks something that this build rests on.
 */
export interface Unreadable {
  readonly kind: (typeof UNREADABLE_KINDS)[number];
  /** What was wrong, without a full stop, and without anything that a person wrote or that names one. */
  readonly why: string;
}

/**
 * What a linked browser tells its owner.
 * A driver reports `authenticated` and `ready` as often as the page says so; the receiver treats both as repeatable.
 * After `lost` nothing more is reported, but the browser may still be alive: its owner closes it.
 */
export type DeviceEvent =
  | { readonly type: 'started'; readonly pid: number | null }
  | { readonly type: 'qr'; readonly qr: Qr }
  | { readonly type: 'pairing_code'; readonly pairingCode: PairingCode }
  /** The code on show was scanned or entered: WhatsApp is linking the device. A new code follows where it does not. */
  | { readonly type: 'scanned' }
  /** Connected with a login. What the account holds is still loading. */
  | { readonly type: 'authenticated' }
  /** It loads on: told from time to time until it is ready. */
  | { readonly type: 'progress' }
  /** `capabilities`: what its page can be used for; left out where the page did not say in time. */
  | { readonly type: 'ready'; readonly account: Account; readonly capabilities?: Capabilities }
  /** It has heard something: there is something to `pull`. Told now and then, not for each thing. */
  | { readonly type: 'inbox' }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'unreadable'; readonly unreadable: Unreadable }
  | { readonly type: 'lost'; readonly cause: LossCause; readonly fault: Fault };

export interface OpenOptions {
  /** `sessionKey()` of the session. */
  readonly key: string;
  /** Of this driver. Their directory is created 0700 when missing. One live device on it at most. */
  readonly credentials: Credentials;
  /**
   * Ask for a pairing code for this phone instead of showing a QR, where there are no credentials yet. Digits only. One that
   * is refused is a `lost` of cause `blocked`.
   */
  readonly pairWith: string | null;
  /** What its page goes through; `null`: it goes straight. @defaultValue null */
  readonly proxy?: ProxyRoute | null;
  /** Called in order, never after `close` has resolved. Must not throw. */
  readonly onEvent: (event: DeviceEvent) => void;
}

/** One device of one session, from its launch to its death. */
export interface LinkedDevice {
  /** Asks the device; {@link DeviceCalls} says what each call means and when it rejects. Ends by `signal` at the latest. */
  call<Name extends CallName>(
    name: Name,
    request: DeviceCalls[Name]['request'],
    signal: AbortSignal,
  ): Promise<DeviceCalls[Name]['result']>;
  /**
   * Asks the device to end, so that its credentials are flushed to disk, and kills its process group when it has not
   * within `graceMs`. Resolves once no process of it is alive; repeated calls share one closing. Works at any moment,
   * while it is still launching too. Never rejects.
   */
  close(graceMs: number): Promise<void>;
}

/** Opens browsers. The two adapters, whatsapp-web.js on Chromium and the simulated one, pass one contract suite. */
export interface WhatsAppDriver {
  readonly traits: DriverTraits;
  /** Returns at once and does not throw; the launch goes on behind it and reports through `onEvent`. */
  open(options: OpenOptions): LinkedDevice;
  /** The credentials that lie, or will lie, in this directory. Does no work. */
  credentials(directory: string): Credentials;
  /** Ends every device that is still open and whatever the driver itself runs. Idempotent. */
  shutdown(graceMs: number): Promise<void>;
}

export type { SimulatedEvent } from '../domain/simulation.ts';
