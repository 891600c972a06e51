import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { ProxyError } from '../../domain/proxy.ts';
import { connectThrough, type ProxyRoute, type Target } from './proxy-connection.ts';

/**
 * A proxy on loopback that a browser can use: it needs no password, and hands every connection on to the session's own
 * proxy with the password added. Chromium takes none in its switch, asks again for each service worker, and never for
 * a WebSocket.
 *
 * It answers CONNECT alone, so that a page cannot use it by asking it for a path.
 */
export class ProxyForwarder {
  readonly #route: ProxyRoute;
  readonly #server: Server;
  readonly #ending = new AbortController();
  readonly #sockets = new Set<Duplex>();
  #fault: ProxyError | null = null;

  private constructor(route: ProxyRoute) {
    this.#route = route;
    this.#server = createServer((_request, response) => {
      response.writeHead(405, { connection: 'close' }).end();
    });
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#forward(request, socket, head);
    });
  }

  static async start(route: ProxyRoute): Promise<ProxyForwarder> {
    const forwarder = new ProxyForwarder(route);
    forwarder.#server.listen(0, '127.0.0.1');
    await once(forwarder.#server, 'listening');
    return forwarder;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo; // it listens on a port
    return `http://127.0.0.1:${port}`;
  }

  /** Why the last connection was not to be had; `null` when it was. */
  get fault(): ProxyError | null {
    return this.#fault;
  }

  /** Ends every connection. Idempotent. */
  async close(): Promise<void> {
    this.#ending.abort();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #forward({ url = '' }: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const target = targetOf(url);
    if (target === null) {
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      return;
    }
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    socket.once('close', leave);
    try {
      const signal = AbortSignal.any([gone.signal, this.#ending.signal]);
      const through = await connectThrough(this.#route, target, signal);
      this.#keep(through);
      this.#fault = null;
      if (socket.destroyed) {
        through.destroy();
        return;
      }
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) through.write(head);
      join(socket, through);
    } catch (error) {
      // The browser has left by itself: nobody's fault.
      if (error instanceof ProxyError && !gone.signal.aborted) this.#fault = error;
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    } finally {
      socket.off('close', leave);
    }
  }

  #keep(socket: Duplex | Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Told by its close.
    socket.on('error', () => undefined);
  }
}

/** Each goes with the other. */
function join(one: Duplex, other: Duplex): void {
  one.pipe(other);
  other.pipe(one);
  one.once('close', () => other.destroy());
  other.once('close', () => one.destroy());
}

/** `host:port` of a CONNECT. */
function targetOf(authority: string): Target | null {
  const match = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(authority);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port };
}
