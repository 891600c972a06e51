import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';

import { accessLog } from './http/access-log.ts';
import { authenticate, enterNamespace, guardWrites, requireAdmin } from './auth/authentication.ts';
import type { AppDeps, Deadlines, HealthAppDeps, RouteDeps } from './http/deps.ts';
import { chatRoutes } from './routes/chat-routes.ts';
import { mediaRoutes } from './routes/media-routes.ts';
import { docsRoutes } from './routes/docs-routes.ts';
import type { Api, ApiEnv } from './http/environment.ts';
import { handleErrors } from './http/error-handler.ts';
import { eventRoutes } from './routes/event-routes.ts';
import { STREAM_LIMITS } from './streams/event-stream.ts';
import { fleetRoutes } from './routes/fleet-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { linkingRoutes } from './routes/linking-routes.ts';
import { machineRoutes } from './routes/machine-routes.ts';
import { memoryRoutes } from './routes/memory-routes.ts';
import { MEDIA_PATH, mediaUploadRoutes } from './routes/media-upload-routes.ts';
import { messageRoutes } from './routes/message-routes.ts';
import { pacingRoutes } from './routes/pacing-routes.ts';
import { METRICS_PATH, metricsRoutes } from './routes/metrics-routes.ts';
import { NAMED, OWN } from './auth/namespaces.ts';
import { limitRate } from './http/rate-limit.ts';
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
import { sloRoutes } from './routes/slo-routes.ts';
import { ticketRoutes } from './routes/ticket-routes.ts';
import { webhookDeliveryRoutes } from './routes/webhook-delivery-routes.ts';
import { webhookRoutes } from './routes/webhook-routes.ts';
import { issuesOf } from './http/validation.ts';

const DEADLINES: Deadlines = { deleteMs: 30_000, pairingMs: 30_000, formerMs: 5_000 };
const MAX_BODY_BYTES = 64 * 1024;
/** `POST …/messages` takes media in base64. */
const MAX_MESSAGE_BYTES = 24 * 1024 * 1024;
const TAKES_MESSAGES = /^\/api\/(?:users\/[^/]+\/)?sessions\/[^/]+\/messages$/;
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
      messageRoutes,
      pacingRoutes,
      simulationRoutes,
      chatRoutes,
      mediaRoutes,
      webhookRoutes,
      webhookDeliveryRoutes,
    ])
      register(api, routeDeps, namespace);
  }
  mediaUploadRoutes(api, deps);
  ticketRoutes(api, deps);
  fleetRoutes(api, deps);
  sloRoutes(api, routeDeps);
  machineRoutes(api, deps);
  // Before the documentation, whose plain page is for where there are none.
  pageRoutes(api, deps.pages);
  docsRoutes(api, deps.version);
  return api;
}

/** The HTTP app of a process that only runs sessions: health and metrics. */
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
  api.use('/api/*', keepPrivate, authenticate(deps));
  if (deps.rateLimiter !== null) api.use('/api/*', limitRate(deps.rateLimiter));
  api.use('/api/*', guardWrites(lifecycle));
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
  const limited = limitedTo(MAX_BODY_BYTES);
  const limitedMessage = limitedTo(MAX_MESSAGE_BYTES);
  return (c, next) => {
    // Media are counted as they come in.
    if (BODILESS.has(c.req.method) || c.req.path === MEDIA_PATH) return next();
    return TAKES_MESSAGES.test(c.req.path) ? limitedMessage(c, next) : limited(c, next);
  };
}

function limitedTo(maxSize: number): MiddlewareHandler<ApiEnv> {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new PayloadTooLargeError(maxSize);
    },
  });
}
