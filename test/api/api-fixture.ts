import { randomBytes, randomUUID } from 'node:crypto';

import { SignJWT } from 'jose';
import { pino, type Logger } from 'pino';
import { expect } from 'vitest';

import { createApiDeps } from '../../src/api/api-deps.ts';
import { createApp } from '../../src/api/app.ts';
import type { AppDeps } from '../../src/api/http/deps.ts';
import type { Api } from '../../src/api/http/environment.ts';
import type { HealthProbes } from '../../src/observability/health.ts';
import type { MetricsSource } from '../../src/observability/metrics-source.ts';
import { ProcessLifecycle } from '../../src/api/http/lifecycle.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { envelopeOf, isPlain } from '../../src/domain/event-envelope.ts';
import { AddressGuard, LOOPBACK_NETS } from '../../src/host/outbound/address-guard.ts';
import { OutboundClient } from '../../src/host/outbound/outbound-client.ts';
import { createWebhooks } from '../../src/webhooks/create-webhooks.ts';
import { resolverOf } from '../host/outbound/resolver-of.ts';
import { createTokenVerifier } from '../../src/api/auth/tokens.ts';
import type { MessageEventType } from '../../src/domain/message-events.ts';
import type { Session } from '../../src/domain/session.ts';
import type { EventFeed } from '../../src/store/event-feed.ts';
import type { BrowserMemory } from '../../src/store/browser-memory.ts';
import { connectRedis } from '../../src/store/connection.ts';
import type { NodeRegistry } from '../../src/store/nodes.ts';
import type { OwnerSnapshot, Ownership } from '../../src/store/ownership.ts';
import { sessionsWaiting } from '../../src/queue/queue-length.ts';
import { createStores, type Stores } from '../../src/store/stores.ts';
import { RemoteDevices } from '../../src/messaging/remote-devices.ts';
import type { CallChannel } from '../../src/store/call-channel.ts';
import { SealedBodies } from '../../src/messaging/sealed-bodies.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { SessionProxies } from '../../src/vault/session-proxies.ts';
import { sendingOf } from './sending-of.ts';
import { RETENTION, snapshot, StoreFixture } from '../store/store-fixture.ts';

export const SECRET = new TextEncoder().encode('a secret of tests that is long enough');

/** What names of webhooks resolve to. */
const NAMES = { 'hooks.example.com': ['93.184.216.34'], 'inward.example.com': ['10.0.0.1'] };

interface Claims {
  readonly sub?: string;
  readonly scope?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
}

interface Limits {
  readonly maxSessions?: number;
  readonly maxSessionsPerUser?: number;
  /** Requests of one user. @defaultValue no limit */
  readonly ratePerMinute?: number;
  /** Events that the feed keeps in memory. */
  readonly recent?: number;
}

interface Call {
  readonly as?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
}

export const HEALTHY: HealthProbes = {
  alive: () => true,
  redis: () => ({ status: 'up', latencyMs: 1 }),
  browser: () => ({ status: 'found', version: '156.0' }),
  sessions: () => ({ ready: 1, waiting_qr: 0, authenticating: 0, disconnected: 0, reconnecting: 0, failed: 0 }),
  memory: () => ({ rssBytes: 1, heapUsedBytes: 1, freeBytes: 1, totalBytes: 2 }),
  cpu: () => ({ cores: 2, usage: 0.1, load1m: 0.2 }),
  eventLoop: () => ({ meanMs: 1, p99Ms: 2, maxMs: 3 }),
  queue: () => ({ waiting: 0, active: 1, capacity: 4, heldBy: null }),
  launches: () => ({ waiting: 0, inFlight: 0 }),
  breaker: () => ({ state: 'closed' }),
  pressure: () => ({ level: 'normal' }),
  profiles: () => ({ status: 'none' }),
  pages: () => ({ ready: 1, receive: 1, send: 1, media: 1, chats: 1 }),
  versions: () => ({ service: '0.0.0' }),
};

export const NO_METRICS: MetricsSource = {
  render: async () => ({ contentType: 'text/plain', body: '' }),
  streamOpened: () => () => undefined,
};

/** The API on a real Redis. No node runs the sessions: a test acts as their owner with `persist`. */
export class ApiFixture {
  readonly stored: StoreFixture;
  readonly log: Record<string, unknown>[] = [];
  readonly logger: Logger;
  lifecycle = new ProcessLifecycle();
  /** Seals what messages say; of the present store. */
  bodies: SealedBodies | null = null;
  proxies: SessionProxies | null = null;
  /** What the node says of whose devices something is asked. */
  ask: CallChannel['ask'] = async () => ({ kind: 'not_here' });
  #app: Api | null = null;
  #stores: Stores | null = null;
  readonly #owners = new Map<string, Ownership>();

  constructor(stored: StoreFixture) {
    this.stored = stored;
    // pino gives whole lines, each one JSON object.
    this.logger = pino(
      { level: 'debug' },
      { write: (line: string) => this.log.push(JSON.parse(line) as Record<string, unknown>) },
    );
  }

  static async open(): Promise<ApiFixture> {
    return new ApiFixture(await StoreFixture.open());
  }

  /** Living nodes beat here as a test wants them to. */
  get nodes(): NodeRegistry {
    return this.#opened.nodes;
  }

  get browserMemory(): BrowserMemory {
    return this.#opened.browserMemory;
  }

  get app(): Api {
    if (this.#app === null) throw new Error('The fixture must be renewed first');
    return this.#app;
  }

  get feed(): EventFeed {
    return this.#opened.feed;
  }

  get #opened(): Stores {
    if (this.#stores === null) throw new Error('The fixture must be renewed first');
    return this.#stores;
  }

  /** An empty store and a fresh app. */
  async renew(over: Partial<AppDeps> = {}, limits: Limits = {}): Promise<void> {
    await this.stopFeed();
    this.stored.renew();
    this.log.length = 0;
    this.#owners.clear();
    this.lifecycle = new ProcessLifecycle();
    this.lifecycle.serve();
    await this.#makeApp(over, limits);
  }

  /** As a restart of the service would, on the same store. */
  async renewFeed(): Promise<void> {
    await this.stopFeed();
    await this.#makeApp({}, {});
  }

  async #makeApp(over: Partial<AppDeps>, limits: Limits): Promise<void> {
    const { redis, keys, server } = this.stored;
    const now = (): number => Date.now();
    const { maxSessions = 100, maxSessionsPerUser = 50, ratePerMinute = 0, recent } = limits;
    const stores = createStores({
      connect: (use) => (use === 'commands' ? redis : connectRedis(server.address, use, () => undefined)),
      prefix: keys.prefix,
      engine: 'browser',
      limits: { maxSessions, maxSessionsPerUser },
      describe: () => ({ role: 'worker', version: '1.2.3', rssBytes: 4_096 }),
      sessionNow: () => this.stored.now,
      recentEvents: recent,
      log: this.logger,
    });
    await stores.feed.start();
    this.#stores = stores;
    const ring = new KeyRing([{ kid: 'test', key: Buffer.alloc(32, 7) }]);
    this.bodies = new SealedBodies({ redis, keys, ring, now });
    const webhooks = createWebhooks({
      redis,
      keys,
      feed: stores.feed,
      connect: (use) => connectRedis(server.address, use, () => undefined),
      ring,
      guard: new AddressGuard({ allowHttp: true, allowNets: LOOPBACK_NETS }, resolverOf(NAMES)),
      outbound: new OutboundClient({ guard: new AddressGuard({ allowHttp: true, allowNets: LOOPBACK_NETS }) }),
      payloadOf: async (event) => (isPlain(event) ? envelopeOf(event) : 'gone'),
      concurrency: 1,
      clock: systemClock,
      now,
      randomBytes,
      version: '0.0.0',
      telemetry: { attempted: () => undefined },
      onError: () => undefined,
    });
    const guard = new AddressGuard({ allowHttp: true, allowNets: LOOPBACK_NETS }, resolverOf(NAMES));
    const proxies = new SessionProxies({ redis, keys, ring, everybodys: null, guard });
    this.proxies = proxies;
    const deps = createApiDeps({
      proxies,
      ...sendingOf(stores, this.bodies, () => this.stored.now),
      webhooks: webhooks.administration,
      stores,
      bodies: this.bodies,
      devices: new RemoteDevices({ ask: (...call) => this.ask(...call) }),
      verifier: createTokenVerifier({ secret: SECRET, jwksUrl: null, now }),
      health: HEALTHY,
      metrics: NO_METRICS,
      lifecycle: this.lifecycle,
      log: this.logger,
      waiting: () => sessionsWaiting(redis, keys.prefix),
      maxSessions: () => maxSessions,
      isSimulated: true,
      metricsToken: null,
      ratePerMinute,
      corsOrigins: [],
      version: '0.0.0',
      pages: new URL('no-pages/', import.meta.url),
      machines: new URL('../../machines/', import.meta.url),
      now,
      randomBytes,
      createId: () => randomUUID().replaceAll('-', ''),
    });
    this.#app = createApp({ ...deps, ...over });
  }

  async stopFeed(): Promise<void> {
    await this.#stores?.feed.stop();
  }

  async close(): Promise<void> {
    await this.stopFeed();
    await this.stored.close();
  }

  token({ sub = 'ana', scope, expiresIn = 600 }: Claims = {}): Promise<string> {
    return new SignJWT(scope === undefined ? {} : { scope })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(sub)
      .setExpirationTime(Math.floor(Date.now() / 1_000) + expiresIn)
      .sign(SECRET);
  }

  /** Calls as a user, by default ana; `as: null` sends no token. */
  async call(method: string, path: string, call: Call = {}): Promise<Response> {
    const {
      as = await this.token(),
      headers = {},
      json,
      body = json === undefined ? undefined : JSON.stringify(json),
    } = call;
    return this.app.request(path, {
      method,
      headers: {
        ...(as !== null && { authorization: `Bearer ${as}` }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
  }

  /** Writes a snapshot as the node that runs the session would. */
  async persist(id: string, over: Partial<OwnerSnapshot> = {}, userId = 'ana'): Promise<Session> {
    const address = { userId, id };
    const key = `${userId}/${id}`;
    const owner = this.#owners.get(key) ?? (await this.stored.claim(address)).ownership;
    this.#owners.set(key, owner);
    await owner.persist(snapshot(over));
    return (await this.stored.find(address)).session;
  }

  /** Tells a message as the node that runs the session would, sealed. */
  async tell(id: string, type: MessageEventType, data: object, userId = 'ana'): Promise<void> {
    const address = { userId, id };
    const key = `${userId}/${id}`;
    const owner = this.#owners.get(key) ?? (await this.stored.claim(address)).ownership;
    this.#owners.set(key, owner);
    const ref = randomUUID();
    const sealed = await this.bodies?.seal(address, ref, Buffer.from(JSON.stringify(data)));
    await owner.tell({ entries: [{ type, ref, sealed: sealed?.toString('base64') }], retention: RETENTION });
  }

  /** Deletes the session as the node that runs it would. */
  async remove(id: string, stillListed = false, userId = 'ana'): Promise<void> {
    const { ownership } = await this.stored.claim({ userId, id });
    this.#owners.delete(`${userId}/${id}`);
    await ownership.remove(stillListed);
  }

  /** Resolves once the feed has seen all that is stored. */
  async caughtUp(): Promise<void> {
    const [newest] = await this.stored.redis.xrevrange(this.stored.keys.events, '+', '-', 'COUNT', 1);
    const target = newest?.[0] ?? '0-0';
    await expect.poll(() => this.feed.position, { interval: 2 }).toBe(target);
  }
}

/** Any JSON answer, for tests that look into it. */
export async function read(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>; // every JSON answer of the API is an object
}
