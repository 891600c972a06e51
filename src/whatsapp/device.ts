import type { IncomingMessage } from '../domain/events.ts';
import type { PairingCode, Qr } from '../domain/session.ts';
import type { Account, Cause, Fault } from '../../machines/session.machine.ts';

export type { Account, Fault };

/** Why a browser was lost. The session machine's table of causes says what follows from each. */
export type LossCause = Cause;

/**
 * What a linked browser tells its owner.
 * A driver reports `authenticated` and `ready` as often as the page says so; the receiver treats both as repeatable.
 * After `lost` nothing more is reported, but the browser may still be alive: its owner closes it.
 */
export type DeviceEvent =
  | { readonly type: 'started'; readonly pid: number | null }
  | { readonly type: 'qr'; readonly qr: Qr }
  | { readonly type: 'pairing_code'; readonly pairingCode: PairingCode }
  | { readonly type: 'authenticated' }
  | { readonly type: 'ready'; readonly account: Account }
  | { readonly type: 'message'; readonly message: IncomingMessage }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'lost'; readonly cause: LossCause; readonly fault: Fault };

export interface OpenOptions {
  /** `sessionKey()` of the session. */
  readonly key: string;
  /** Where this session's profile lies; created 0700 by the driver when missing. One live browser at most. */
  readonly profileDir: string;
  /**
   * Ask for a pairing code for this phone instead of showing a QR, where there is no login yet. Digits only. One that
   * is refused is a `lost` of cause `blocked`.
   */
  readonly pairWith: string | null;
  /** Called in order, never after `close` has resolved. Must not throw. */
  readonly onEvent: (event: DeviceEvent) => void;
}

/** What a liveness probe found. A probe never rejects: a page that does not answer is a finding. */
export type ProbeResult =
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'missed';
      readonly cause: Extract<LossCause, 'page_unresponsive' | 'network'>;
      readonly detail: string;
    };

/** One browser of one session, from its launch to its death. */
export interface LinkedDevice {
  /**
   * Asks the page, not the library's memory, whether it answers and its socket is open. Ends by `signal` at the latest.
   */
  probe(signal: AbortSignal): Promise<ProbeResult>;
  /**
   * Bytes of memory that all its processes hold now; `null` when it has none, is gone, or it cannot be told within
   * seconds. Never rejects. Costs tens of milliseconds of a core: ask rarely, and one browser after another.
   */
  memory(): Promise<number | null>;
  /**
   * Whether the login of a page that is ready has reached the disk: a copy taken from now on holds it, and the death of
   * the browser cannot take it. Ask again while it says no; rejects when the page does not answer.
   */
  isFlushed(signal: AbortSignal): Promise<boolean>;
  /**
   * Switches a browser that waits for a scan to pairing by code; the code arrives as `pairing_code`. Rejects when the
   * page refuses.
   */
  requestPairingCode(phoneNumber: string, signal: AbortSignal): Promise<void>;
  /** Unlinks this device at WhatsApp. The profile's files are not touched. Rejects when WhatsApp was not told. */
  unlink(signal: AbortSignal): Promise<void>;
  /**
   * Asks the browser to close, so that the login is flushed to disk, and kills its process group when it has not within
   * `graceMs`. Resolves once no process of it is alive; repeated calls share one closing. Works at any moment, while it
   * is still launching too. Never rejects.
   */
  close(graceMs: number): Promise<void>;
}

/** Opens browsers. The two adapters, whatsapp-web.js on Chromium and the simulated one, pass one contract suite. */
export interface WhatsAppDriver {
  readonly name: 'whatsapp-web.js' | 'simulated';
  /** Returns at once and does not throw; the launch goes on behind it and reports through `onEvent`. */
  open(options: OpenOptions): LinkedDevice;
  /** Removes a profile from the disk. Rejects while a process of it is alive. A missing one is fine. */
  eraseProfile(profileDir: string): Promise<void>;
  /** Whether a login may lie in this profile: a start from it can hope for `ready` without a scan. */
  hasProfile(profileDir: string): Promise<boolean>;
  /** Puts a profile in another place on the same disk. Rejects while a process of it is alive. */
  moveProfile(profileDir: string, to: string): Promise<void>;
  /** Ends every browser that is still open and whatever the driver itself runs. Idempotent. */
  shutdown(graceMs: number): Promise<void>;
}

export type { SimulatedEvent } from '../domain/simulation.ts';
