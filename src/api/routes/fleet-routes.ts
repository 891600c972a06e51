import { createRoute, z } from '@hono/zod-openapi';

import { SUPERVISOR_STATES } from '../../domain/node-states.ts';
import { SESSION_STATES } from '../../domain/session.ts';
import type { FleetReader, FleetReport } from '../../store/fleet.ts';
import { json, problems } from '../http/responses.ts';
import { requireAdmin } from '../auth/authentication.ts';
import type { Api } from '../http/environment.ts';
import { breakerStates, pressureLevels } from '../../observability/health.ts';

const count = z.int().nonnegative();

const fleetNode = z
  .strictObject({
    nodeId: z.string(),
    role: z.enum(['all', 'api', 'worker']),
    version: z.string(),
    build: z.string().nullable().openapi({ description: 'Which build of that version it is.' }),
    startedAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    capacity: count.openapi({ description: 'Sessions that it runs at most.' }),
    limits: z
      .strictObject({ maxSessions: count, maxSessionsPerUser: count })
      .nullable()
      .openapi({ description: 'As this node is set; those of the fleet hold.' }),
    sessions: z.record(z.enum(SESSION_STATES), count),
    waiting: count.openapi({ description: 'Its sessions that wait for a launch slot.' }),
    launching: count.openapi({ description: 'Its browsers that are coming up.' }),
    supervisor: z.enum(SUPERVISOR_STATES).nullable().openapi({
      description:
        '`restoring`: its sessions come back, nobody launches yet. `running`. `draining`: it gives its sessions back. `drained`: it has. `null`: an older version, which does not tell.',
    }),
    breaker: breakerStates,
    pressure: pressureLevels,
    memory: z.strictObject({ rssBytes: count.openapi({ description: 'Of the process, without its browsers.' }) }),
  })
  .openapi('FleetNode');

const fleetResource = z
  .strictObject({
    nodes: z
      .array(fleetNode)
      .openapi({ description: 'Those that run sessions and were heard of within 15 s, the longest running first.' }),
    queue: z.strictObject({ waiting: count.openapi({ description: 'Sessions in the queue for a node.' }) }),
    sessions: z.strictObject({
      wanted: count.openapi({ description: 'Sessions that are to run, those in the queue included.' }),
      max: count.openapi({ description: '`MAX_SESSIONS`, as it holds in the fleet.' }),
    }),
    breakers: z.strictObject({ open: count.openapi({ description: 'Nodes whose breaker is not closed.' }) }),
  })
  .openapi('Fleet');
export type FleetResource = z.infer<typeof fleetResource>;

export function fleetRoutes(api: Api, { fleet }: { readonly fleet: FleetReader }): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/fleet',
      tags: ['Health'],
      operationId: 'getFleet',
      summary: 'The nodes, what they carry, and what waits; for an admin',
      middleware: requireAdmin,
      responses: { 200: json(fleetResource, 'As the nodes said it last, at most 15 s ago.'), ...problems() },
    }),
    async (c) => c.json(resourceOf(await fleet.read()), 200),
  );
}

function resourceOf({ nodes, waiting, wanted, maxSessions }: FleetReport): FleetResource {
  return {
    nodes: nodes.map(({ nodeId, role, version, build, startedAt, at, capacity, pool, rssBytes, fleet }) => ({
      nodeId,
      role,
      version,
      build,
      capacity,
      limits:
        fleet === null
          ? null
          : { maxSessions: fleet.limits.maxSessions, maxSessionsPerUser: fleet.limits.maxSessionsPerUser },
      startedAt: new Date(startedAt).toISOString(),
      lastSeenAt: new Date(at).toISOString(),
      sessions: pool.byState,
      waiting: pool.waiting,
      launching: pool.launching,
      supervisor: pool.supervisor,
      breaker: pool.breaker,
      pressure: pool.pressure,
      memory: { rssBytes },
    })),
    queue: { waiting },
    sessions: { wanted, max: maxSessions },
    breakers: { open: nodes.filter(({ pool }) => pool.breaker !== 'closed').length },
  };
}
