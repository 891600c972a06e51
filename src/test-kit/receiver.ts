import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { verifyWebhook, type WebhookDelivery } from '../client/verify-webhook.ts';

/** What the receiver does instead of answering 200. `cut`: closes the connection. `hang`: never answers. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'cut' }
  | { readonly kind: 'hang' };

/** One request that came, good or not. */
export interface Received {
  /** `null` where the signature does not fit. */
  readonly delivery: WebhookDelivery | null;
  readonly headers: IncomingMessage['headers'];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whether it was answered with 200. */
  readonly taken: boolean;
}

export interface ReceiverOptions {
  /** @defaultValue a free one */
  readonly port?: number;
  /** How long each answer takes (ms). @defaultValue 0 */
  readonly delayMs?: number;
}

/** A webhook's other end on loopback: verifies, fails when told to, delays, counts. */
export class Receiver {
  /** Signs what comes; set it to the `secret` of the webhook. */
  secret: string | readonly string[] = [];
  delayMs: number;
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #faults: { readonly fault: Fault; times: number }[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #seen = new Map<string, number>();

  private constructor(server: Server, delayMs: number) {
    this.#server = server;
    this.delayMs = delayMs;
    server.on('request', (request, response) => void this.#take(request, response));
  }

  static async start({ port = 0, delayMs = 0 }: ReceiverOptions = {}): Promise<Receiver> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new Receiver(server, delayMs);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** Deliveries that were taken, the first of each id, in the order in which they came. */
  get deliveries(): readonly WebhookDelivery[] {
    const ids = new Set<string>();
    return this.received.flatMap(({ delivery, taken }) => {
      if (!taken || delivery === null || ids.has(delivery.id)) return [];
      ids.add(delivery.id);
      return [delivery];
    });
  }

  /** Deliveries that were taken again. */
  get doubles(): number {
    return [...this.#seen.values()].reduce((sum, count) => sum + count - 1, 0);
  }

  /** Requests whose signature did not fit. */
  get forged(): number {
    return this.received.filter(({ delivery }) => delivery === null).length;
  }

  /** Fails the next `times` requests so, all from now on where it is left out, until `recover`. */
  fail(fault: Fault | number, times = Number.POSITIVE_INFINITY): void {
    this.#faults.push({ fault: typeof fault === 'number' ? { kind: 'status', status: fault } : fault, times });
  }

  recover(): void {
    this.#faults.length = 0;
  }

  /** Resolves as soon as `isEnough`, which is asked after each request. */
  async until(isEnough: () => boolean, timeoutMs = 15_000): Promise<void> {
    const late = new Error(
      `not within ${timeoutMs} ms: ${this.deliveries.length} deliveries in ${this.received.length}`,
    );
    const deadline = performance.now() + timeoutMs;
    while (!isEnough()) {
      const left = deadline - performance.now();
      if (left <= 0) throw late;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Resolves with the first `count` deliveries. */
  async takes(count: number, timeoutMs?: number): Promise<readonly WebhookDelivery[]> {
    await this.until(() => this.deliveries.length >= count, timeoutMs);
    return this.deliveries.slice(0, count);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    const body = await buffer(request).catch(() => null);
    if (body === null) return;
    const { headers } = request;
    const delivery = await verifyWebhook({ headers, body }, this.secret).catch(() => null);
    const fault = this.#nextFault();
    const taken = fault === null && delivery !== null;
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    if (taken) this.#seen.set(delivery.id, (this.#seen.get(delivery.id) ?? 0) + 1);
    this.received.push({ delivery, headers, at, taken });
    answer(response, fault, delivery !== null);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #nextFault(): Fault | null {
    const [first] = this.#faults;
    if (first === undefined) return null;
    first.times -= 1;
    if (first.times <= 0) this.#faults.shift();
    return first.fault;
  }
}

/** Starts a {@link Receiver}. */
export function receiver(options?: ReceiverOptions): Promise<Receiver> {
  return Receiver.start(options);
}

function answer(response: ServerResponse, fault: Fault | null, isGenuine: boolean): void {
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'cut') return void response.socket?.destroy();
  if (fault?.kind === 'status') return void response.writeHead(fault.status, { ...fault.headers }).end();
  response.writeHead(isGenuine ? 200 : 401).end();
}
