import { randomUUID } from 'node:crypto';

import { SignJWT } from 'jose';
import { pino, type Logger } from 'pino';

import { createApp, type AppDeps } from '../../src/api/app.ts';
import type { Api } from '../../src/api/http/environment.ts';
import type { HealthProbes } from '../../src/observability/health.ts';
import type { MetricsSource } from '../../src/api/routes/metrics-routes.ts';
import { ProcessLifecycle } from '../../src/api/http/lifecycle.ts';
import { createTokenVerifier } from '../../src/api/auth/tokens.ts';
import type { Session } from '../../src/domain/session.ts';
import type { EventFeed } from '../../src/store/event-feed.ts';
import { BrowserMemory } from '../../src/store/browser-memory.ts';
import { FleetReader } from '../../src/store/fleet.ts';
import { readMachineGraphs } from '../../src/api/http/machine-graphs.ts';
import { LastKnownSessions } from '../../src/store/last-known-sessions.ts';
import { NodeRegistry } from '../../src/store/nodes.ts';
import type { OwnerSnapshot, Ownership } from '../../src/store/ownership.ts';
import { SimulationChannel } from '../../src/store/simulation-channel.ts';
import { TicketStore } from '../../src/store/tickets.ts';
import { sessionsWaiting } from '../../src/queue/queue-length.ts';
import { Feeds, type FollowedFeed } from '../store/feeds.ts';
import { snapshot, StoreFixture } from '../store/store-fixture.ts';

export const SECRET = new TextEncoder().encode('a secret of tests that is long enough');

interface Claims {
  readonly sub?: string;
  readonly scope?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
}

interface Limits {
  readonly maxSessions?: number;
  readonly maxSessionsPerUser?: number;
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
  queue: () => ({ waiting: 0, active: 1, capacity: 4 }),
  launches: () => ({ waiting: 0, inFlight: 0 }),
  breaker: () => ({ state: 'closed' }),
  pressure: () => ({ level: 'normal' }),
  versions: () => ({ service: '0.0.0' }),
};

export const NO_METRICS: MetricsSource = {
  render: async () => ({ contentType: 'text/plain', body: '' }),
  streamOpened: () => () => undefined,
};

/** The API on a real Redis. Nobody runs the sessions: a test plays their owner with `persist`. */
export class ApiFixture {
  readonly stored: StoreFixture;
  readonly feeds: Feeds;
  readonly log: Record<string, unknown>[] = [];
  readonly logger: Logger;
  lifecycle = new ProcessLifecycle();
  #app: Api | null = null;
  #followed: FollowedFeed | null = null;
  readonly #owners = new Map<string, Ownership>();

  constructor(stored: StoreFixture) {
    this.stored = stored;
    this.feeds = new Feeds(() => stored);
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
    return new NodeRegistry(this.stored.redis, this.stored.keys, () => ({
      role: 'worker',
      version: '1.2.3',
      rssBytes: 4_096,
    }));
  }

  get browserMemory(): BrowserMemory {
    const { redis, keys } = this.stored;
    return new BrowserMemory({
      redis,
      keys,
      nodes: this.nodes,
      findAll: (addresses) => this.stored.store().findAll(addresses),
      now: () => Date.now(),
    });
  }

  get app(): Api {
    if (this.#app === null) throw new Error('The fixture must be renewed first');
    return this.#app;
  }

  get feed(): EventFeed {
    if (this.#followed === null) throw new Error('The fixture must be renewed first');
    return this.#followed.feed;
  }

  /** An empty store and a fresh app. */
  async renew(over: Partial<AppDeps> = {}, limits: Limits = {}): Promise<void> {
    await this.feeds.stopAll();
    this.stored.renew();
    this.log.length = 0;
    this.#owners.clear();
    this.lifecycle = new ProcessLifecycle();
    this.lifecycle.serve();
    this.#followed = await this.feeds.start(limits.recent === undefined ? {} : { recent: limits.recent });
    this.#makeApp(over, limits);
  }

  /** As a restart of the service would, on the same store. */
  async renewFeed(): Promise<void> {
    await this.feeds.stopAll();
    this.#followed = await this.feeds.start();
    this.#makeApp({}, {});
  }

  #makeApp(over: Partial<AppDeps>, limits: Limits): void {
    const { redis, keys } = this.stored;
    const now = (): number => Date.now();
    const createId = (): string => randomUUID().replaceAll('-', '');
    const store = this.stored.store(limits);
    this.#app = createApp({
      store,
      lastKnown: new LastKnownSessions({ store, feed: this.feed, now }),
      feed: this.feed,
      tickets: new TicketStore({ redis, keys, now, createId }),
      simulation: new SimulationChannel(redis, keys),
      verifier: createTokenVerifier({ secret: SECRET, jwksUrl: null, now }),
      logger: this.logger,
      now,
      createId,
      lifecycle: this.lifecycle,
      health: HEALTHY,
      metrics: NO_METRICS,
      metricsToken: null,
      machines: readMachineGraphs(new URL('../../machines/', import.meta.url)),
      browserMemory: this.browserMemory,
      fleet: new FleetReader({
        redis,
        keys,
        nodes: this.nodes,
        waiting: () => sessionsWaiting(redis, keys.prefix),
        maxSessions: limits.maxSessions ?? 100,
        now,
      }),
      corsOrigins: [],
      pages: new URL('no-pages/', import.meta.url),
      version: '0.0.0',
      ...over,
    });
  }

  async close(): Promise<void> {
    await this.feeds.stopAll();
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

  /** Deletes the session as the node that runs it would. */
  async remove(id: string, userId = 'ana'): Promise<void> {
    const { ownership } = await this.stored.claim({ userId, id });
    this.#owners.delete(`${userId}/${id}`);
    await ownership.remove();
  }

  /** Resolves once the feed has seen all that is stored. */
  async caughtUp(): Promise<void> {
    const [newest] = await this.stored.redis.xrevrange(this.stored.keys.events, '+', '-', 'COUNT', 1);
    const target = newest?.[0] ?? '0-0';
    while (this.feed.position !== target) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Any JSON answer, for tests that look into it. */
export async function read(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>; // every JSON answer of the API is an object
}
