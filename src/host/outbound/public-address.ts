import ipaddr from 'ipaddr.js';

/** Networks that are let through although they are private, as {@link parseNetworks} returns them. */
export type Networks = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

/** What is given out to the public so far. All else of IPv6 is private, special or nobody's. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Reads networks such as `10.0.0.0/8`. Throws an `Error` on a text that is not one. */
export function parseNetworks(texts: readonly string[]): Networks {
  return texts.map((text) => ipaddr.parseCIDR(text));
}

/**
 * Whether an address belongs to the public internet: not private, loopback, link-local, carrier-grade NAT, multicast,
 * unspecified, documentation or reserved, and none that carries an IPv4 address inside (mapped, translated, tunnelled),
 * since what stands behind it cannot be told. A text that is no address is not public.
 */
export function isPublicAddress(text: string): boolean {
  const address = parse(text);
  if (address === null || address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(GLOBAL_IPV6);
}

/** Whether an address lies in one of the networks. A mapped IPv4 address counts as what it stands for. */
export function isWithin(text: string, networks: Networks): boolean {
  const address = parse(text);
  if (address === null) return false;
  const plain = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
  return networks.some(([base, bits]) => base.kind() === plain.kind() && plain.match(base, bits));
}

/** Of an address in its usual form; the older ones (octal, hexadecimal, with parts left out) are refused. */
function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return text.includes(':') && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : null;
}
