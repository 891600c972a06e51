import { createRoute, z } from '@hono/zod-openapi';

import { graphSchema, type Graph } from '../../domain/machine-graph.ts';
import { json, problems, strictQuery } from '../http/responses.ts';
import { named } from '../http/openapi-schema.ts';
import type { Api } from '../http/environment.ts';
import { RouteNotFoundError } from '../http/request-errors.ts';

const graphResource = named(graphSchema, 'Machine', {
  description:
    'A statechart: its states, the deepest included, and its transitions with guards, actions and descriptions.',
});

const summary = z
  .strictObject({ id: z.string(), description: z.string(), states: z.int(), transitions: z.int() })
  .openapi('MachineSummary');

/** The statecharts as this version has them. They hold nothing of any session. */
export function machineRoutes(api: Api, { machines }: { readonly machines: ReadonlyMap<string, Graph> }): void {
  const items = [...machines.values()].map(({ id, description, nodes, edges }) => ({
    id,
    description,
    states: nodes.length,
    transitions: edges.length,
  }));

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/machines',
      tags: ['Machines'],
      operationId: 'listMachines',
      summary: 'The statecharts that run the service',
      request: { query: strictQuery },
      responses: { 200: json(z.strictObject({ items: z.array(summary) }), 'Each with its size.'), ...problems() },
    }),
    (c) => c.json({ items }, 200),
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/machines/{name}',
      tags: ['Machines'],
      operationId: 'getMachine',
      summary: 'A statechart as a graph',
      request: { params: z.strictObject({ name: z.string() }), query: strictQuery },
      responses: { 200: json(graphResource, 'As `machines/` has it.'), ...problems('NOT_FOUND') },
    }),
    (c) => {
      const graph = machines.get(c.req.valid('param').name);
      if (graph === undefined) throw new RouteNotFoundError();
      return c.json(graph, 200);
    },
  );
}
