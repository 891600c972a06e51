import type { Logger } from 'pino';

import { ensureError } from '../domain/errors.ts';
import { EventPayloads } from '../messaging/event-payloads.ts';
import { Listings } from '../messaging/listings.ts';
import type { RemoteDevices } from '../messaging/remote-devices.ts';
import type { SealedBodies } from '../messaging/sealed-bodies.ts';
import type { HealthProbes } from '../observability/health.ts';
import type { MetricsSource } from '../observability/metrics-source.ts';
import { FleetReader } from '../store/fleet.ts';
import { LastKnownSessions } from '../store/last-known-sessions.ts';
import { MessageLog } from '../store/message-log.ts';
import { SimulationChannel } from '../store/simulation-channel.ts';
import type { Stores } from '../store/stores.ts';
import { TicketStore } from '../store/tickets.ts';
import type { Sending } from '../messaging/sending.ts';
import type { WebhookAdministration } from '../domain/webhook.ts';
import type { TokenVerifier } from './auth/tokens.ts';
import type { AppDeps } from './http/deps.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import { createRateLimiter } from './http/rate-limit.ts';
import { readMachineGraphs } from './http/machine-graphs.ts';

interface ApiParts {
  readonly stores: Stores;
  /** Seals and opens what messages say. */
  readonly bodies: SealedBodies;
  readonly devices: Pick<RemoteDevices, 'call'>;
  readonly verifier: TokenVerifier;
  readonly health: HealthProbes;
  readonly metrics: MetricsSource;
  readonly lifecycle: Lifecycle;
  readonly webhooks: WebhookAdministration;
  readonly log: Logger;
  /** Sessions in the queue for a node, in the whole fleet. */
  readonly waiting: () => Promise<number>;
  readonly maxSessions: () => number;
  /** Whether phones are simulated, so that `POST …/simulate` exists. */
  readonly isSimulated: boolean;
  readonly metricsToken: string | null;
  /** Requests of one user; 0 is no limit. */
  readonly ratePerMinute: number;
  readonly corsOrigins: readonly string[];
  /** Of the service. */
  readonly version: string;
  /** Where the built pages are, and the exported statecharts. */
  readonly pages: URL;
  readonly machines: URL;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sending: Sending;
  /** The time of the sessions (ms since 1970). */
  readonly sessionNow: () => number;
  readonly media: AppDeps['media'];
  readonly admitUrl: AppDeps['admitUrl'];
  readonly proxies: AppDeps['proxies'];
  readonly randomBytes: (count: number) => Buffer;
  /** Ids of requests that bring none. */
  readonly createId: () => string;
}

const TICKET_BYTES = 32;

/** Puts together what the API answers from. */
export function createApiDeps({
  stores,
  bodies,
  devices,
  log,
  waiting,
  maxSessions,
  isSimulated,
  ratePerMinute,
  ...parts
}: ApiParts): AppDeps {
  const { redis, keys, nodes, drains, feed, browserMemory, sessions: store } = stores;
  const { now, randomBytes } = parts;
  const onError = (error: unknown): void => log.error({ err: ensureError(error) }, 'a message cannot be told');
  const payloads = new EventPayloads({ log: new MessageLog({ redis, keys, onError }), bodies, onError });
  return {
    store,
    feed,
    devices,
    listings: new Listings(devices, () => performance.now()),
    payloadOf: (event) => payloads.payloadOf(event),
    browserMemory,
    sending: parts.sending,
    sessionNow: parts.sessionNow,
    media: parts.media,
    admitUrl: parts.admitUrl,
    proxies: parts.proxies,
    now,
    logger: log,
    verifier: parts.verifier,
    health: parts.health,
    metrics: parts.metrics,
    lifecycle: parts.lifecycle,
    webhooks: parts.webhooks,
    metricsToken: parts.metricsToken,
    rateLimiter: ratePerMinute === 0 ? null : createRateLimiter({ redis, ...keys, perMinute: ratePerMinute }),
    corsOrigins: parts.corsOrigins,
    version: parts.version,
    pages: parts.pages,
    machines: readMachineGraphs(parts.machines),
    lastKnown: new LastKnownSessions({ store, feed, now }),
    fleet: new FleetReader({ redis, keys, nodes, drains, waiting, maxSessions }),
    tickets: new TicketStore({ redis, keys, now, createId: () => randomBytes(TICKET_BYTES).toString('base64url') }),
    simulation: isSimulated ? new SimulationChannel(redis, keys) : null,
    createId: parts.createId,
  };
}
