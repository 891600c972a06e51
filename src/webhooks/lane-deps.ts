import type { Redis } from 'ioredis';

import type { Clock } from '../domain/clock.ts';
import type { EventEnvelope } from '../domain/event-envelope.ts';
import type { FeedEvent } from '../domain/events.ts';
import type { OutboundClient } from '../host/outbound/outbound-client.ts';
import type { WebhookTelemetry } from '../observability/telemetry.ts';
import type { Keyspace } from '../store/keys.ts';
import type { SecretKeeper } from './endpoint-secrets.ts';
import type { Lane } from './lane.ts';
import type { WebhookLog } from './webhook-log.ts';

/**
 * What is told of an event, with what its message says. `gone`: that is no longer kept. Rejects while it cannot be told.
 */
export type PayloadOf = (event: FeedEvent) => Promise<EventEnvelope | 'gone'>;

/** What the lanes of a process work with. */
export interface LaneDeps {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly log: WebhookLog;
  readonly secrets: SecretKeeper;
  readonly outbound: Pick<OutboundClient, 'send'>;
  readonly payloadOf: PayloadOf;
  /** By which retries are due. */
  readonly clock: Clock;
  /** Milliseconds since 1970, by the system's clock: what signatures say. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly chance: () => number;
  /** Of the service. */
  readonly version: string;
  /** For one attempt. @defaultValue 15,000 */
  readonly attemptMs?: number | undefined;
  readonly wake: (lanes: readonly Lane[]) => void;
  readonly telemetry: WebhookTelemetry;
  readonly onError: (error: unknown) => void;
}
