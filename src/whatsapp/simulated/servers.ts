import type { Clock } from '../../domain/clock.ts';
import { SimulatedMailbox } from './mailbox.ts';
import { SimulatedOutgoing } from './outgoing.ts';

/**
 * What WhatsApp's servers, the phones and the machine know about each session, whether or not a browser is open.
 * It lives as long as the process: after a restart a revoked login is good again if its profile was kept.
 */
export class SimulatedServers {
  readonly #deviceOf = new Map<string, string>();
  readonly #revoked = new Set<string>();
  readonly #offline = new Set<string>();
  readonly #launchFailures = new Map<string, number>();
  readonly #mailboxes = new Map<string, SimulatedMailbox>();
  readonly #outgoing = new Map<string, SimulatedOutgoing>();

  /** Remembers which device a session uses, so that the phone can log it out later. */
  link(key: string, deviceId: string): void {
    this.#deviceOf.set(key, deviceId);
  }

  /** Logs the session's device out. False when it has none that this process has seen. */
  revoke(key: string): boolean {
    const deviceId = this.#deviceOf.get(key);
    if (deviceId === undefined) return false;
    this.#deviceOf.delete(key);
    this.#revoked.add(deviceId);
    return true;
  }

  /** Whether a device of this session is linked, as far as this process has seen. */
  isLinked(key: string): boolean {
    return this.#deviceOf.has(key);
  }

  /** What WhatsApp keeps for the session's account. */
  mailboxOf(key: string): SimulatedMailbox {
    const mailbox = this.#mailboxes.get(key) ?? new SimulatedMailbox();
    this.#mailboxes.set(key, mailbox);
    return mailbox;
  }

  /** What the session's account sent. */
  outgoingOf(key: string, clock: Clock): SimulatedOutgoing {
    const outgoing = this.#outgoing.get(key) ?? new SimulatedOutgoing(clock);
    this.#outgoing.set(key, outgoing);
    return outgoing;
  }

  isRevoked(deviceId: string): boolean {
    return this.#revoked.has(deviceId);
  }

  setOffline(key: string, offline: boolean): void {
    if (offline) this.#offline.add(key);
    else this.#offline.delete(key);
  }

  isOffline(key: string): boolean {
    return this.#offline.has(key);
  }

  /** The next `count` launches of this session fail; 0 takes that back. */
  failLaunches(key: string, count: number): void {
    if (count > 0) this.#launchFailures.set(key, count);
    else this.#launchFailures.delete(key);
  }

  /** Whether the launch that asks now fails; uses up one of the failures ordered. */
  takeLaunchFailure(key: string): boolean {
    const left = this.#launchFailures.get(key) ?? 0;
    this.failLaunches(key, left - 1);
    return left > 0;
  }
}
