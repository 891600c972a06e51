import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import type { Logger } from 'pino';

import type { MachineGraph } from './http/machine-graphs.ts';
import type { BrowserMemory } from '../store/browser-memory.ts';
import type { EventFeed } from '../store/event-feed.ts';
import type { FleetReader } from '../store/fleet.ts';
import type { LastKnownSessions } from '../store/last-known-sessions.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { SimulationChannel } from '../store/simulation-channel.ts';
import type { TicketStore } from '../store/tickets.ts';
import { accessLog } from './http/access-log.ts';
import { authenticate, enterNamespace, guardWrites, requireAdmin } from './auth/authentication.ts';
import { docsRoutes } from './routes/docs-routes.ts';
import type { Api, ApiEnv } from './http/environment.ts';
import { handleErrors } from './http/error-handler.ts';
import { eventRoutes } from './routes/event-routes.ts';
import { STREAM_LIMITS, type StreamLimits } from './streams/event-stream.ts';
import { fleetRoutes } from './routes/fleet-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import type { HealthProbes } from '../observability/health.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import { linkingRoutes } from './routes/linking-routes.ts';
import { machineRoutes } from './routes/machine-routes.ts';
import { memoryRoutes } from './routes/memory-routes.ts';
import { METRICS_PATH, metricsRoutes, type MetricsSource } from './routes/metrics-routes.ts';
import { NAMED, OWN } from './auth/namespaces.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { problemResponse } from './http/problems.ts';
import { keepPrivate, protection } from './http/protection.ts';
import {
  InvalidRequestError,
  MethodNotAllowedError,
  PayloadTooLargeError,
  RouteNotFoundError,
} from './http/request-errors.ts';
import { sessionCollectionRoutes } from './routes/session-collection-routes.ts';
import { sessionIntentRoutes } from './routes/session-intent-routes.ts';
import { sessionReadRoutes } from './routes/session-read-routes.ts';
import { simulationRoutes } from './routes/simulation-routes.ts';
import { ticketRoutes } from './routes/ticket-routes.ts';
import type { TokenVerifier } from './auth/tokens.ts';
import { issuesOf } from './http/validation.ts';

/** What a process that only runs sessions serves with. */
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
  /** Origins whose pages may call; `*` for all. */
  readonly corsOrigins: readonly string[];
}

export interface AppDeps extends HealthAppDeps {
  readonly store: SessionStore;
  readonly lastKnown: LastKnownSessions;
  readonly feed: EventFeed;
  readonly fleet: FleetReader;
  readonly browserMemory: BrowserMemory;
  readonly machines: ReadonlyMap<string, MachineGraph>;
  /** `null` unless the driver is the simulated one: the route is then answered with 404. */
  readonly simulation: SimulationChannel | null;
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

/** What the routes get: the same, with every default filled in. */
export type RouteDeps = Omit<AppDeps, 'deadlines' | 'streams'> & {
  readonly deadlines: Deadlines;
  readonly streams: StreamLimits;
};

const DEADLINES: Deadlines = { deleteMs: 30_000, pairingMs: 30_000, formerMs: 5_000 };
const MAX_BODY_BYTES = 64 * 1024;
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** The whole HTTP interface. Routes that are added to it later under `/api` are behind the same authentication. */
export function createApp(deps: AppDeps): Api {
  const routeDeps: RouteDeps = {
    ...deps,
    deadlines: { ...DEADLINES, ...deps.deadlines },
    streams: { ...STREAM_LIMITS, ...deps.streams },
  };
  const api = createHealthApp(deps);
  for (const namespace of [OWN, NAMED]) {
    for (const register of [
      sessionCollectionRoutes,
      sessionReadRoutes,
      sessionIntentRoutes,
      linkingRoutes,
      eventRoutes,
      memoryRoutes,
      simulationRoutes,
    ])
      register(api, routeDeps, namespace);
  }
  ticketRoutes(api, deps);
  fleetRoutes(api, deps);
  machineRoutes(api, deps);
  docsRoutes(api, deps.version);
  pageRoutes(api, deps.pages);
  return api;
}

/** What a process that only runs sessions answers. */
export function createHealthApp(deps: HealthAppDeps): Api {
  const { logger, lifecycle, now } = deps;
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new InvalidRequestError(issuesOf(result.error), result.error);
    },
  });
  api.use(requestId({ limitLength: 64, generator: deps.createId }));
  api.use(accessLog(logger, now));
  api.use(...protection(deps.corsOrigins));
  api.use('/api/*', keepPrivate, authenticate(deps), guardWrites(lifecycle));
  api.use('/health', keepPrivate, authenticate(deps));
  api.use(METRICS_PATH, keepPrivate);
  api.use('/api/users/*', requireAdmin);
  api.use('/api/users/:userId/*', enterNamespace);
  api.use('/api/*', limitBodies());
  api.use(
    methodNotAllowed({
      app: api,
      onMethodNotAllowed: (c, methods) => problemResponse(new MethodNotAllowedError(methods), c.get('requestId')),
    }),
  );
  api.onError(handleErrors(logger));
  api.notFound((c) => problemResponse(new RouteNotFoundError(), c.var.requestId));
  healthRoutes(api, deps);
  metricsRoutes(api, deps);
  return api;
}

/** To look for a body where none can be would make a second, slower request object of each. */
function limitBodies(): MiddlewareHandler<ApiEnv> {
  const limited: MiddlewareHandler<ApiEnv> = bodyLimit({ maxSize: MAX_BODY_BYTES, onError: refuseLargeBody });
  return (c, next) => (BODILESS.has(c.req.method) ? next() : limited(c, next));
}

function refuseLargeBody(): never {
  throw new PayloadTooLargeError(MAX_BODY_BYTES);
}
