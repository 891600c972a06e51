import { request as requestHttp, Agent as HttpAgent, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps, Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';

import { ensureError } from '../../domain/errors.ts';
import type { AddressGuard } from './address-guard.ts';

interface OutboundClientOptions {
  readonly guard: AddressGuard;
  /** Certificate authorities that are trusted, in PEM. @defaultValue those of Node */
  readonly ca?: string | undefined;
  /** From the request to a connection, TLS included (ms). @defaultValue 5,000 */
  readonly connectMs?: number;
  /** How long an idle connection is kept for the next request (ms). @defaultValue 4,000 */
  readonly idleMs?: number;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer | undefined;
  /** Ends the request, and the reading of its answer. */
  readonly signal: AbortSignal;
}

/** The connection did not come about in time. */
export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';
  readonly code = 'CONNECT_TIMEOUT';
}

/**
 * Requests to URLs that users gave. Each connection goes through the guard; TLS is always checked; a redirect is an
 * answer like any other and is not followed.
 */
export class OutboundClient {
  readonly #guard: AddressGuard;
  readonly #connectMs: number;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  readonly #lookup: LookupFunction;

  constructor({ guard, ca, connectMs = 5_000, idleMs = 4_000 }: OutboundClientOptions) {
    this.#guard = guard;
    this.#connectMs = connectMs;
    // Receivers close idle connections after 5 s and more: ours go first.
    const kept = { keepAlive: true, maxFreeSockets: 64, timeout: idleMs };
    this.#http = new HttpAgent(kept);
    this.#https = new HttpsAgent({ ...kept, rejectUnauthorized: true, ...(ca !== undefined && { ca }) });
    this.#lookup = guardedLookup(guard);
  }

  /**
   * The answer as soon as its head is here; its body is to be read or destroyed. Rejects with an `AddressRefusedError`,
   * with a {@link ConnectTimeoutError}, and with what went wrong underneath.
   */
  async send(url: string, request: OutboundRequest): Promise<IncomingMessage> {
    // What is written as an address is never looked up, so it is checked here.
    const admitted = this.#guard.admit(url);
    try {
      return await this.#send(admitted, request);
    } catch (error) {
      // The other side closed a kept connection while the request was on its way into it.
      if (error instanceof StaleConnectionError && !request.signal.aborted) return this.#send(admitted, request);
      throw error;
    }
  }

  /** Closes the idle connections. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #send(url: URL, { method, headers = {}, body, signal }: OutboundRequest): Promise<IncomingMessage> {
    const isSecure = url.protocol === 'https:';
    const start = isSecure ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const request = start(url, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-length': body.length },
        agent: isSecure ? this.#https : this.#http,
        lookup: this.#lookup,
        signal,
      });
      const late = setTimeout(
        () => request.destroy(new ConnectTimeoutError(`not connected within ${this.#connectMs} ms`)),
        this.#connectMs,
      );
      const connected = (): void => clearTimeout(late);
      request.on('socket', (socket) => {
        // The agent's time-out is for idle connections.
        socket.setTimeout(0);
        if (request.reusedSocket) connected();
        else socket.once(isSecure ? 'secureConnect' : 'connect', connected);
      });
      request.on('close', connected);
      request.on('response', resolve);
      request.on('error', (thrown) => {
        const isStale = request.reusedSocket && (thrown as NodeJS.ErrnoException).code === 'ECONNRESET';
        reject(isStale ? new StaleConnectionError(thrown.message, { cause: thrown }) : ensureError(thrown));
      });
      request.end(body);
    });
  }
}

class StaleConnectionError extends Error {}

function guardedLookup(guard: AddressGuard): LookupFunction {
  return (hostname, options, callback) => {
    void (async () => {
      try {
        const addresses = await guard.resolve(hostname);
        const [first] = addresses;
        if (first === undefined) throw new Error('The name has no address.');
        if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      } catch (error) {
        callback(ensureError(error), []);
      }
    })();
  };
}
