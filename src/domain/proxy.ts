import { SupervisorError } from './errors.ts';

/** A proxy that a session's page goes through, as its URL names it. */
export interface Proxy {
  readonly protocol: 'http' | 'https' | 'socks5';
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** `null`: it asks for none. */
  readonly user: { readonly name: string; readonly password: string } | null;
}

const PORTS: Readonly<Record<string, readonly [Proxy['protocol'], number]>> = {
  'http:': ['http', 80],
  'https:': ['https', 443],
  'socks5:': ['socks5', 1_080],
};
const LONGEST_URL = 2_048;

/** Reads a proxy's URL. `null`: it is none; what it may be is said in {@link PROXY_FORM}. */
export function parseProxy(text: string): Proxy | null {
  if (text.length > LONGEST_URL || !URL.canParse(text)) return null;
  const url = new URL(text);
  const [protocol, usualPort] = PORTS[url.protocol] ?? [];
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isBare = (url.pathname === '' || url.pathname === '/') && url.search === '' && url.hash === '';
  if (protocol === undefined || usualPort === undefined || host === '' || !isBare) return null;
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === null || password === null) return null;
  return {
    protocol,
    host,
    port: url.port === '' ? usualPort : Number(url.port),
    user: user === '' && password === '' ? null : { name: user, password },
  };
}

export const PROXY_FORM =
  'must be a URL with http, https or socks5, a host, a port, and a user and password where it asks for them';

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** A session's way to WhatsApp is broken at its proxy. `message` names neither the proxy nor its user. */
export class ProxyError extends SupervisorError {
  readonly code: 'PROXY_REFUSED' | 'PROXY_UNREACHABLE';
  constructor(code: ProxyError['code'], why: string, cause?: unknown) {
    super(`The session's proxy ${why}.`, { cause });
    this.code = code;
  }
}

/** Whether a fault is one of a proxy: nobody else's. */
export const isProxyFault = (code: string): boolean => code === 'PROXY_REFUSED' || code === 'PROXY_UNREACHABLE';
