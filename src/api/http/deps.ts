import type { Logger } from 'pino';

import type { Listings } from '../../messaging/listings.ts';
import type { RemoteDevices } from '../../messaging/remote-devices.ts';
import type { HealthProbes } from '../../observability/health.ts';
import type { MetricsSource } from '../../observability/metrics-source.ts';
import type { BrowserMemory } from '../../store/browser-memory.ts';
import type { EventFeed } from '../../store/event-feed.ts';
import type { FleetReader } from '../../store/fleet.ts';
import type { LastKnownSessions } from '../../store/last-known-sessions.ts';
import type { Sending } from '../../messaging/sending.ts';
import type { MediaShelf } from '../../messaging/media-shelf.ts';
import type { SessionStore } from '../../store/session-store.ts';
import type { SimulationChannel } from '../../store/simulation-channel.ts';
import type { TicketStore } from '../../store/tickets.ts';
import type { WebhookAdministration } from '../../domain/webhook.ts';
import type { SessionProxies } from '../../vault/session-proxies.ts';
import type { TokenVerifier } from '../auth/tokens.ts';
import type { PayloadOf } from '../streams/event-frames.ts';
import type { StreamLimits } from '../streams/event-stream.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { Graph } from '../../domain/machine-graph.ts';

/** The parts that the HTTP app of a process without the API needs. */
export interface HealthAppDeps {
  readonly verifier: TokenVerifier;
  readonly tickets: TicketStore;
  readonly health: HealthProbes;
  readonly metrics: MetricsSource;
  /** `null`: the metrics are open to callers on this machine only. */
  readonly metricsToken: string | null;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ids of requests that bring none. */
  readonly createId: () => string;
  /** How often each user may ask; `null`: as often as it likes. */
  readonly rateLimiter: RateLimiter | null;
  /** Origins whose pages may call; `*` for all. */
  readonly corsOrigins: readonly string[];
}

export interface AppDeps extends HealthAppDeps {
  readonly store: SessionStore;
  /** What is asked of the devices of sessions, wherever they run. */
  readonly devices: Pick<RemoteDevices, 'call'>;
  /** What their pages list. */
  readonly listings: Listings;
  readonly lastKnown: LastKnownSessions;
  readonly feed: EventFeed;
  /** Gives the events of the feed their words. */
  readonly payloadOf: PayloadOf;
  readonly fleet: FleetReader;
  readonly browserMemory: BrowserMemory;
  readonly sending: Sending;
  /** The time of the sessions (ms since 1970). */
  readonly sessionNow: () => number;
  /** Keeps files for messages, of at most so many bytes. */
  readonly media: { readonly shelf: MediaShelf; readonly mostBytes: number };
  /** What sessions' pages go through. */
  readonly proxies: Pick<SessionProxies, 'sealedChange'>;
  /** Throws an `AddressRefusedError` where a URL must not be fetched. */
  readonly admitUrl: (url: string) => unknown;
  readonly machines: ReadonlyMap<string, Graph>;
  /** `null` unless the driver is the simulated one: the route is then answered with 404. */
  readonly simulation: SimulationChannel | null;
  readonly webhooks: WebhookAdministration;
  /** Of the service, as the OpenAPI document names it. */
  readonly version: string;
  /** Where the built console and visualizer are. */
  readonly pages: URL;
  readonly deadlines?: Partial<Deadlines> | undefined;
  readonly streams?: Partial<StreamLimits> | undefined;
}

/** How long a request waits for the node that runs the session, in milliseconds. */
export interface Deadlines {
  /** Until a deleted session's login is destroyed. @defaultValue 30,000 */
  readonly deleteMs: number;
  /** Until WhatsApp has given a pairing code. @defaultValue 30,000 */
  readonly pairingMs: number;
  /** Until a former session of the same id is gone, when one is created. @defaultValue 5,000 */
  readonly formerMs: number;
}

/** The same parts for the routes, with every default filled in. */
export type RouteDeps = Omit<AppDeps, 'deadlines' | 'streams'> & {
  readonly deadlines: Deadlines;
  readonly streams: StreamLimits;
};
