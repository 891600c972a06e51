import { createRoute, z } from '@hono/zod-openapi';

import { readServiceLevel } from '../../observability/service-level.ts';
import { isAdmin } from '../auth/caller.ts';
import type { RouteDeps } from '../http/deps.ts';
import type { Api } from '../http/environment.ts';
import { sessionIdField, userIdField } from '../http/resources.ts';
import { json, problems } from '../http/responses.ts';

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LONGEST_MS = 30 * UNITS.d;
const FAULT = 'must be minutes, hours or days, such as 30m, 24h or 7d, and 30d at most';

const windowField = z
  .string()
  .regex(/^[1-9]\d{0,5}[mhd]$/, FAULT)
  .refine((text) => durationOf(text) <= LONGEST_MS, FAULT)
  .default('24h')
  .openapi({ description: 'How far back to look.', example: '24h' });

const part = z.number().min(0).max(1).nullable();
const seconds = z.number().nonnegative();
const measured = {
  availability: part.openapi({
    description: 'Ready seconds of the wanted ones; `null` where none was wanted.',
    example: 0.9995,
  }),
  wantedSeconds: seconds.openapi({
    description: 'In which a session was to run and needed no person: waiting for a scan does not count.',
  }),
  readySeconds: seconds,
  byCause: z
    .record(z.string(), seconds)
    .openapi({ description: 'Seconds in which it was wanted but not ready, by reason. Planned moves are `queued`.' }),
};
const sloResource = z
  .strictObject({
    window: z.string().openapi({ example: '24h' }),
    ...measured,
    sessions: z.array(z.strictObject({ id: sessionIdField, userId: userIdField, ...measured })),
  })
  .openapi('ServiceLevel');

/** How available the caller's sessions were; everybody's for an admin. */
export function sloRoutes(api: Api, { store, now }: RouteDeps): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/api/slo',
      tags: ['Health'],
      operationId: 'getServiceLevel',
      summary: 'How available the caller’s sessions were; for an admin, everybody’s',
      description: 'Counted from the histories, which hold about the last 1,000 steps of a session.',
      request: { query: z.strictObject({ window: windowField }) },
      responses: { 200: json(sloResource, 'All together, and each.'), ...problems() },
    }),
    async (c) => {
      const { window } = c.req.valid('query');
      const whose = isAdmin(c.var.caller) ? undefined : c.var.userId;
      return c.json({ window, ...(await readServiceLevel({ store, now }, whose, durationOf(window))) }, 200);
    },
  );
}

/** Milliseconds. */
function durationOf(text: string): number {
  const unit = text.at(-1);
  return Number(text.slice(0, -1)) * (unit === 'm' || unit === 'h' || unit === 'd' ? UNITS[unit] : 0);
}
