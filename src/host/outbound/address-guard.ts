import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import { SupervisorError } from '../../domain/errors.ts';
import { isPublicAddress, isWithin, parseNetworks, type Networks } from './public-address.ts';

/** An address as a resolver gives it. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name, or a rejection. */
export type Resolver = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** What may be reached although it is not public, or not encrypted. */
export interface OutboundPolicy {
  readonly allowHttp: boolean;
  /** Networks in CIDR form, such as `10.0.0.0/8`. */
  readonly allowNets: readonly string[];
}

/** This computer itself. */
export const LOOPBACK_NETS = ['127.0.0.0/8', '::1/128'] as const;

/** A URL that somebody gave us leads where it must not. `message` says why, without what a name resolves to. */
export class AddressRefusedError extends SupervisorError {
  readonly code = 'ADDRESS_REFUSED';
}

const LONGEST_URL = 2_048;

/**
 * Keeps URLs that users give from aiming at what only this computer can reach. A name is looked up anew for each
 * connection and the connection goes to the address that was checked: what resolves to something else a moment later
 * gains nothing.
 */
export class AddressGuard {
  readonly #allowHttp: boolean;
  readonly #networks: Networks;
  readonly #resolve: Resolver;

  /** @param resolve the system's resolver where it is left out */
  constructor({ allowHttp, allowNets }: OutboundPolicy, resolve: Resolver = resolveBySystem) {
    this.#allowHttp = allowHttp;
    this.#networks = parseNetworks(allowNets);
    this.#resolve = resolve;
  }

  /** The URL, if its form and its literal address are allowed; a name is not looked up. Throws {@link AddressRefusedError}. */
  admit(text: string): URL {
    if (text.length > LONGEST_URL) throw new AddressRefusedError(`The URL is longer than ${LONGEST_URL} characters.`);
    // Also brings decimal, octal and hexadecimal addresses into their usual form.
    if (!URL.canParse(text)) throw new AddressRefusedError('That is not a URL.');
    const url = new URL(text);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.#allowHttp))
      throw new AddressRefusedError(`The URL must begin with https://${this.#allowHttp ? ' or http://' : ''}.`);
    if (url.username !== '' || url.password !== '')
      throw new AddressRefusedError('The URL must not hold a user or a password.');
    const host = hostOf(url);
    if (isIP(host) !== 0) this.#demandAllowed(host);
    return url;
  }

  /**
   * As {@link admit}, and looks the name up. A name that does not resolve now passes: it is looked up again at each
   * connect.
   */
  async check(text: string): Promise<URL> {
    const url = this.admit(text);
    const host = hostOf(url);
    if (isIP(host) === 0) {
      const addresses = await this.#resolve(host).catch(() => []);
      for (const { address } of addresses) this.#demandAllowed(address);
    }
    return url;
  }

  /**
   * The addresses of a name, if each is allowed: one that is not spoils the others. Rejects with an {@link
   * AddressRefusedError}, or as the resolver does.
   */
  async resolve(hostname: string): Promise<readonly ResolvedAddress[]> {
    const family = isIP(hostname);
    const addresses = family === 0 ? await this.#resolve(hostname) : [{ address: hostname, family }];
    for (const { address } of addresses) this.#demandAllowed(address);
    return addresses;
  }

  #demandAllowed(address: string): void {
    if (isPublicAddress(address) || isWithin(address, this.#networks)) return;
    throw new AddressRefusedError('The URL leads to an address that is not public.');
  }
}

/** Without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

export const resolveBySystem: Resolver = (hostname) => systemLookup(hostname, { all: true });
