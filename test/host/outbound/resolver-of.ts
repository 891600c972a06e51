import { isIP } from 'node:net';

import type { Resolver } from '../../../src/host/outbound/address-guard.ts';

/** A resolver that knows these names and asks nobody. */
export function resolverOf(names: Readonly<Record<string, readonly string[]>>): Resolver {
  return async (hostname) => {
    const addresses = names[hostname];
    if (addresses === undefined) throw new Error(`getaddrinfo ENOTFOUND ${hostname}`);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
}
