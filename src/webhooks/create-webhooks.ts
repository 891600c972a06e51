import type { Redis } from 'ioredis';

import type { Clock } from '../domain/clock.ts';
import type { WebhookAdministration, WebhookFigures } from '../domain/webhook.ts';
import type { AddressGuard } from '../host/outbound/address-guard.ts';
import type { OutboundClient } from '../host/outbound/outbound-client.ts';
import type { ConnectionUse } from '../store/connection.ts';
import type { EventFeed } from '../store/event-feed.ts';
import type { Keyspace } from '../store/keys.ts';
import type { KeyRing } from '../vault/key-ring.ts';
import { Administration } from './administration.ts';
import { SecretKeeper } from './endpoint-secrets.ts';
import { Endpoints } from './endpoints.ts';
import type { Lane } from './lane.ts';
import type { WebhookTelemetry } from '../observability/telemetry.ts';
import type { PayloadOf } from './lane-deps.ts';
import { LaneQueue } from './lane-queue.ts';
import { LaneRunner } from './lane-runner.ts';
import { LaneWaker } from './lane-waker.ts';
import { readFigures } from './webhook-figures.ts';
import { WebhookLog } from './webhook-log.ts';

/** What a test may shorten. */
export interface WebhookTiming {
  /** For one attempt. @defaultValue 15,000 */
  readonly attemptMs?: number | undefined;
  /** @defaultValue 10,000 and 3,000 ms */
  readonly failover?: { readonly lockMs: number; readonly stalledCheckMs: number } | undefined;
}

interface WebhooksOptions extends WebhookTiming {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly feed: Pick<EventFeed, 'listen'>;
  /** Opens a connection of its own at each call. */
  readonly connect: (use: ConnectionUse) => Redis;
  readonly ring: Pick<KeyRing, 'protect' | 'reveal'>;
  readonly guard: Pick<AddressGuard, 'check'>;
  readonly outbound: Pick<OutboundClient, 'send'>;
  readonly payloadOf: PayloadOf;
  /** Deliveries of this process at once. */
  readonly concurrency: number;
  /** By which retries are due. */
  readonly clock: Clock;
  /** Milliseconds since 1970. @defaultValue the system's clock */
  readonly now?: () => number;
  /** From 0 to 1. @defaultValue Math.random */
  readonly chance?: () => number;
  readonly randomBytes: (count: number) => Buffer;
  readonly version: string;
  readonly telemetry: WebhookTelemetry;
  readonly onError: (error: unknown) => void;
}

/** The webhooks of a process. */
export interface Webhooks {
  readonly administration: WebhookAdministration;
  /** How they do in the whole fleet. Throws `StoreUnavailableError`. */
  figures(): Promise<WebhookFigures>;
  /** Begins to deliver. */
  start(): void;
  /** Ends what is in the air, within `graceMs`, and begins nothing more. What did not end is delivered again. */
  stop(graceMs: number): Promise<void>;
}

/** Puts the parts together. Nothing is delivered before `start`. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { redis, keys, feed, connect, ring, guard, clock, now = Date.now, randomBytes, onError } = options;
  const secrets = new SecretKeeper({ ring, randomBytes });
  const endpoints = new Endpoints({ redis, keys, secrets, randomBytes, now: () => clock.now() });
  const log = new WebhookLog({ redis, keys, onError });
  const queue = new LaneQueue({
    redis,
    connect: () => connect('blocking'),
    prefix: keys.prefix,
    concurrency: options.concurrency,
    failover: options.failover,
    onError,
  });
  const wake = (lanes: readonly Lane[]): void => queue.wake(lanes);
  const attempts = { outbound: options.outbound, version: options.version, now, attemptMs: options.attemptMs, log };
  const runner = new LaneRunner({
    ...attempts,
    redis,
    keys,
    secrets,
    payloadOf: options.payloadOf,
    clock,
    chance: options.chance ?? Math.random,
    wake,
    telemetry: options.telemetry,
    onError,
  });
  const waker = new LaneWaker({
    redis,
    keys,
    feed,
    endpointsOf: (userId) => endpoints.idsOf(userId),
    clock,
    wake,
    onError,
  });
  const administration = new Administration({
    redis,
    keys,
    endpoints,
    secrets,
    guard,
    attempts,
    clock,
    randomBytes,
    changed: (userId) => waker.forget(userId),
    wake,
    dueLanes: (id) => runner.dueLanes(id),
    sweep: () => waker.sweep(),
  });
  return {
    administration,
    figures: () => readFigures(redis, keys, now()),
    start: () => {
      queue.start((lane) => runner.run(lane));
      waker.start();
    },
    stop: async (graceMs) => {
      runner.stop(graceMs);
      await waker.stop();
      await queue.stop();
    },
  };
}
