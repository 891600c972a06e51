import { createRoute, z } from '@hono/zod-openapi';

import { inTime } from '../../domain/deadline.ts';
import { CAPABILITIES } from '../../domain/message.ts';
import { json, problems } from '../http/responses.ts';
import type { Api } from '../http/environment.ts';
import {
  breakerHealth,
  browserHealth,
  cpuHealth,
  eventLoopHealth,
  launchesHealth,
  memoryHealth,
  pagesHealth,
  pressureHealth,
  profilesHealth,
  queueHealth,
  redisHealth,
  sessionsHealth,
  type HealthProbes,
} from '../../observability/health.ts';
import { GOOD_POLICY } from '../../store/redis-check.ts';
import { PHASES, type Lifecycle } from '../http/lifecycle.ts';

const PROBE_DEADLINE_MS = 2_000;

/** In the order in which they are shown. */
const PARTS = [
  'redis',
  'browser',
  'sessions',
  'memory',
  'cpu',
  'eventLoop',
  'queue',
  'launches',
  'breaker',
  'pressure',
  'profiles',
  'pages',
] as const;

const healthReport = z
  .strictObject({
    status: z
      .enum(['ok', 'degraded'])
      .openapi({ description: '`degraded`: a part is down or did not answer in time.' }),
    because: z.array(z.enum(PARTS)).openapi({ description: 'The parts at fault.' }),
    phase: z.enum(PHASES),
    redis: redisHealth.nullable(),
    browser: browserHealth.nullable(),
    sessions: sessionsHealth.nullable(),
    memory: memoryHealth.nullable(),
    cpu: cpuHealth.nullable(),
    eventLoop: eventLoopHealth.nullable(),
    queue: queueHealth.nullable(),
    launches: launchesHealth.nullable(),
    breaker: breakerHealth.nullable(),
    pressure: pressureHealth.nullable(),
    profiles: profilesHealth.nullable(),
    pages: pagesHealth.nullable(),
    versions: z.record(z.string(), z.string()),
  })
  .openapi('Health', { description: 'Each part as this node sees it; `null` when it did not answer in time.' });

export type HealthReport = z.infer<typeof healthReport>;

const word = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } });

interface HealthDeps {
  readonly health: HealthProbes;
  readonly lifecycle: Lifecycle;
}

export function healthRoutes(api: Api, { health, lifecycle }: HealthDeps): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/health/live',
      tags: ['Health'],
      operationId: 'getLiveness',
      summary: 'Whether the process should go on running',
      security: [],
      responses: { 200: word('`live`'), 503: word('`stuck`: restart it.') },
    }),
    (c) => (health.alive() ? c.text('live', 200) : c.text('stuck', 503)),
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/health/ready',
      tags: ['Health'],
      operationId: 'getReadiness',
      summary: 'Whether requests should be sent here',
      security: [],
      responses: { 200: word('`ready`'), 503: word('`starting`, `draining` or `store`: Redis does not answer.') },
    }),
    async (c) => {
      const phase = lifecycle.phase();
      if (phase !== 'serving') return c.text(phase === 'leaving' ? 'draining' : phase, 503);
      const redis = await ask(() => health.redis());
      return redis?.status === 'up' ? c.text('ready', 200) : c.text('store', 503);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      tags: ['Health'],
      operationId: 'getHealth',
      summary: 'How the parts are',
      responses: { 200: json(healthReport, 'The parts.'), ...problems() },
    }),
    async (c) => {
      const [redis, browser, sessions, memory, cpu, eventLoop, queue, launches, breaker, pressure, profiles, pages] =
        await Promise.all([
          ask(() => health.redis()),
          ask(() => health.browser()),
          ask(() => health.sessions()),
          ask(() => health.memory()),
          ask(() => health.cpu()),
          ask(() => health.eventLoop()),
          ask(() => health.queue()),
          ask(() => health.launches()),
          ask(() => health.breaker()),
          ask(() => health.pressure()),
          ask(() => health.profiles()),
          ask(() => health.pages()),
        ]);
      const parts = {
        redis,
        browser,
        sessions,
        memory,
        cpu,
        eventLoop,
        queue,
        launches,
        breaker,
        pressure,
        profiles,
        pages,
      };
      const faults: Partial<Record<(typeof PARTS)[number], boolean>> = {
        redis: redis?.status === 'down' || (redis?.policy ?? GOOD_POLICY) !== GOOD_POLICY,
        browser: browser?.status === 'missing',
        queue: queue !== null && queue.heldBy !== null,
        breaker: breaker?.state === 'open',
        profiles: profiles?.status === 'short' || (profiles?.status === 'ok' && profiles.notStoring > 0),
        pages: pages !== null && CAPABILITIES.some((name) => pages[name] < pages.ready),
      };
      const because = PARTS.filter((part) => parts[part] === null || faults[part] === true);
      const status = because.length === 0 ? ('ok' as const) : ('degraded' as const);
      return c.json({ status, because, phase: lifecycle.phase(), ...parts, versions: { ...health.versions() } }, 200);
    },
  );
}

/** The answer of a probe; `null` when it throws or is late, so that one stuck part does not hide the others. */
async function ask<T>(probe: () => T | Promise<T>): Promise<T | null> {
  return inTime(PROBE_DEADLINE_MS, Promise.resolve().then(probe)).catch(() => null);
}
