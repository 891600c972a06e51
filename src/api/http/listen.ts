import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';

import { SupervisorError } from '../../domain/errors.ts';
import type { ApiEnv } from './environment.ts';

interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** From a request's first byte to its last: who sends slower holds a connection for nothing. @defaultValue 15,000 */
  readonly requestTimeoutMs?: number;
  /**
   * How long an idle connection is kept. Longer than a load balancer in front keeps its own, which are 60 s as a rule: a
   * request that it sends into a connection that closes just then is an error that nobody caused. @defaultValue 65,000
   */
  readonly keepAliveTimeoutMs?: number;
}

export interface Listener {
  /** The one that was picked. */
  readonly port: number;
  /**
   * Takes no new connections, and waits for the open requests; what is still open after `deadlineMs` is cut. Streams
   * end by themselves once the lifecycle drains, so begin that first.
   */
  close(deadlineMs: number): Promise<void>;
}

export class ListenError extends SupervisorError {
  readonly code = 'LISTEN_FAILED';
  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const why =
      cause.code === 'EADDRINUSE'
        ? 'something else listens there. Choose another PORT'
        : `${cause.message}. Set HOST and PORT, such as HOST=127.0.0.1 PORT=3000`;
    super(`The API cannot listen on ${host}:${port}: ${why}.`, { cause });
  }
}

const CHECK_CONNECTIONS_MS = 1_000;
const CLOSE_IDLE_MS = 50;

/** Answers to bytes that Node refuses before there is a request to route. */
const REFUSALS: Readonly<Record<string, { status: string; code: string; detail: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'REQUEST_TIMEOUT',
    detail: 'The request was sent too slowly.',
  },
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'HEADERS_TOO_LARGE',
    detail: 'The headers are larger than 16 KB.',
  },
};
const MALFORMED = { status: '400 Bad Request', code: 'INVALID_REQUEST', detail: 'This is not HTTP.' };

/** Serves the app. Throws {@link ListenError}. */
export async function listen(
  app: Hono<ApiEnv>,
  { host, port, requestTimeoutMs = 15_000, keepAliveTimeoutMs = 65_000 }: ListenOptions,
): Promise<Listener> {
  const answer = getRequestListener(app.fetch);
  const server = createServer({
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Both count from a request's first byte, so that neither ends an idle connection (a test holds Node to that).
    headersTimeout: requestTimeoutMs,
    // How often Node looks for connections that are too slow.
    connectionsCheckingInterval: Math.min(CHECK_CONNECTIONS_MS, requestTimeoutMs),
  });
  server.on('request', (incoming, outgoing) => void answer(incoming, outgoing));
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(host, port, error)));
    server.listen(port, host, resolve);
  });
  return { port: portOf(server), close: (deadlineMs) => close(server, deadlineMs) };
}

async function close(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Kept-alive connections become idle one by one, as their requests are answered.
  const closeIdle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
  const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await closed;
  clearInterval(closeIdle);
  clearTimeout(cut);
}

function portOf(server: Server): number {
  // A string only for a pipe, null only before listening.
  return (server.address() as AddressInfo).port;
}

function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || hasBegunToAnswer(socket)) {
    socket.destroy();
    return;
  }
  const { status, code, detail } = REFUSALS[error.code ?? ''] ?? MALFORMED;
  const [number = '400', ...title] = status.split(' ');
  const body = JSON.stringify({
    type: `urn:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: title.join(' '),
    status: Number(number),
    detail,
    code,
  });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** A second answer must not be written into the middle of a first one. Node's own handler looks at the same field. */
function hasBegunToAnswer(socket: Duplex & { _httpMessage?: { headersSent: boolean } | null }): boolean {
  return socket._httpMessage?.headersSent ?? false;
}
