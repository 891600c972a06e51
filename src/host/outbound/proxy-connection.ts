import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { SocksClient } from 'socks';

import { withDeadline } from '../../domain/deadline.ts';
import { ProxyError, type Proxy } from '../../domain/proxy.ts';
import { AddressRefusedError, type ResolvedAddress } from './address-guard.ts';

/** Where a connection is to lead. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** How a session's page reaches WhatsApp. */
export interface ProxyRoute {
  readonly proxy: Proxy;
  /** The addresses of a proxy's name that may be reached. */
  readonly resolve: (hostname: string) => Promise<readonly ResolvedAddress[]>;
  /** Certificates that are trusted beside the system's, of `https` proxies. */
  readonly ca?: string | undefined;
}

const TIMEOUT_MS = 15_000;
/** A proxy's answer to CONNECT is short. */
const LONGEST_ANSWER = 16_384;

/**
 * A connection to the target through the proxy. Rejects with a {@link ProxyError} when there is none by the signal, or
 * within `timeoutMs` (15 s).
 */
export async function connectThrough(
  route: ProxyRoute,
  target: Target,
  signal: AbortSignal,
  timeoutMs = TIMEOUT_MS,
): Promise<Socket> {
  return withDeadline(timeoutMs, signal, (ending) => connectInTime(route, target, ending, timeoutMs));
}

async function connectInTime(
  route: ProxyRoute,
  target: Target,
  ending: AbortSignal,
  timeoutMs: number,
): Promise<Socket> {
  const { proxy } = route;
  const socket = await reach(route, ending).catch((error: unknown) => {
    throw new ProxyError('PROXY_UNREACHABLE', `cannot be reached: ${whyOf(error, timeoutMs)}`, error);
  });
  try {
    if (proxy.protocol === 'socks5') await askSocks(proxy, target, socket, timeoutMs);
    else await askHttp(proxy, target, socket, ending);
  } catch (error) {
    socket.destroy();
    if (error instanceof ProxyError) throw error;
    throw new ProxyError('PROXY_REFUSED', `gave no connection: ${whyOf(error, timeoutMs)}`, error);
  }
  socket.setNoDelay(true);
  return socket;
}

/** A connection to the proxy itself. */
async function reach({ proxy, resolve, ca }: ProxyRoute, signal: AbortSignal): Promise<Socket> {
  const { protocol, host, port } = proxy;
  const [first] = await resolve(host);
  if (first === undefined) throw new Error('its name has no address');
  const plain = connect({ host: first.address, port, signal });
  try {
    await once(plain, 'connect', { signal });
    if (protocol !== 'https') return plain;
    const secure = connectTls({ socket: plain, servername: host, ...(ca !== undefined && { ca }) });
    await once(secure, 'secureConnect', { signal });
    return secure;
  } catch (error) {
    plain.destroy();
    throw error;
  }
}

async function askHttp({ user }: Proxy, { host, port }: Target, socket: Socket, signal: AbortSignal): Promise<void> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const basic = user && Buffer.from(`${user.name}:${user.password}`).toString('base64');
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (basic !== null) lines.push(`Proxy-Authorization: Basic ${basic}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const status = await readStatus(socket, signal);
  if (status === 407) throw new ProxyError('PROXY_REFUSED', 'refuses this user and password (status 407)');
  if (status < 200 || status > 299) throw new ProxyError('PROXY_REFUSED', `answered with status ${status}`);
}

/** The status of the answer; what follows its head stays to be read. */
async function readStatus(socket: Socket, signal: AbortSignal): Promise<number> {
  let head = Buffer.alloc(0);
  while (head.length < LONGEST_ANSWER) {
    const chunk = socket.read() as Buffer | null; // no encoding is set
    if (chunk === null) {
      if (socket.readableEnded || socket.destroyed) break;
      await Promise.race([once(socket, 'readable', { signal }), once(socket, 'close', { signal })]);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) continue;
    if (head.length > end + 4) socket.unshift(head.subarray(end + 4));
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1'))?.[1];
    if (status === undefined) break;
    return Number(status);
  }
  throw new ProxyError('PROXY_REFUSED', 'answered with something that is no HTTP');
}

async function askSocks(
  { host, port, user }: Proxy,
  destination: Target,
  socket: Socket,
  timeout: number,
): Promise<void> {
  await SocksClient.createConnection({
    // Connected already: the address here is for the library's checks.
    existing_socket: socket,
    proxy: { host, port, type: 5, ...(user !== null && { userId: user.name, password: user.password }) },
    command: 'connect',
    destination,
    timeout,
  });
}

/** In words of ours: a system's message may name an address. */
function whyOf(error: unknown, timeoutMs: number): string {
  if (error instanceof AddressRefusedError) return 'its address is not public';
  if (!(error instanceof Error)) return 'something unexpected was thrown';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer within ${timeoutMs} ms`;
  const { code } = error as NodeJS.ErrnoException; // as Node's errors have it
  if (typeof code === 'string') return code;
  return /authentication/i.test(error.message) ? 'it refuses this user and password' : 'it broke the connection off';
}
