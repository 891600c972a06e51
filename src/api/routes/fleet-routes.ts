import { createRoute, z } from '@hono/zod-openapi';

import { SUPERVISOR_STATES } from '../../domain/node-states.ts';
import { SupervisorError } from '../../domain/errors.ts';
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
    draining: z.boolean().openapi({
      description: 'Told to give its sessions away and to take none, and not told otherwise since.',
    }),
    breaker: breakerStates,
    pressure: pressureLevels,
    memory: z.strictObject({ rssBytes: count.openapi({ description: 'Of the process, without its browsers.' }) }),
  })
  .openapi('FleetNode');

const nodeParams = z.strictObject({
  nodeId: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be the name of a node, as GET /api/fleet lists it')
    .openapi({ param: { name: 'nodeId', in: 'path' }, example: 'node-1' }),
});

const drainOrder = z.strictObject({ nodeId: z.string(), draining: z.boolean() }).openapi('DrainOrder');

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
  for (const isDraining of [true, false]) drainRoute(api, fleet, isDraining);
}

function drainRoute(api: Api, fleet: FleetReader, isDraining: boolean): void {
  api.openapi(
    createRoute({
      method: 'post',
      path: `/api/fleet/nodes/{nodeId}/${isDraining ? 'drain' : 'undrain'}`,
      tags: ['Health'],
      operationId: isDraining ? 'drainNode' : 'undrainNode',
      summary: isDraining
        ? 'Have a node give its sessions away, one after another, and take none; for an admin'
        : 'Have a node take sessions again; for an admin',
      description: isDraining
        ? 'A session moves as soon as another node has room for it. One that shows a code stays until it was scanned, or nobody did. The node serves HTTP as ever.'
        : 'What it gave away comes back as the fleet’s balance asks for it.',
      middleware: requireAdmin,
      request: { params: nodeParams },
      responses: {
        202: json(drainOrder, 'The node is told; `GET /api/fleet` shows how far it is.'),
        ...problems('NOT_FOUND', 'DRAINING'),
      },
    }),
    async (c) => {
      const { nodeId } = c.req.valid('param');
      if (!(await fleet.setDraining(nodeId, isDraining))) throw new NodeNotFoundError(nodeId);
      return c.json({ nodeId, draining: isDraining }, 202);
    },
  );
}

/** No living node that runs sessions has this name. */
class NodeNotFoundError extends SupervisorError {
  readonly code = 'NOT_FOUND';
  constructor(nodeId: string) {
    super(`No node "${nodeId}" lives that runs sessions. GET /api/fleet lists them.`);
  }
}

function resourceOf({ nodes, draining, waiting, wanted, maxSessions }: FleetReport): FleetResource {
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
      draining: draining.has(nodeId),
      breaker: pool.breaker,
      pressure: pool.pressure,
      memory: { rssBytes },
    })),
    queue: { waiting },
    sessions: { wanted, max: maxSessions },
    breakers: { open: nodes.filter(({ pool }) => pool.breaker !== 'closed').length },
  };
}
