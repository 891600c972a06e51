import { z } from '@hono/zod-openapi';

import { metadataSchema } from '../../domain/session.ts';

const MAX_DEPTH = 8;
const MAX_ENTRIES = 64;

/**
 * A client's own data on a session. Its depth is looked at before the schema is, which would recurse as deep as the
 * body goes.
 */
export const metadataField = z
  .unknown()
  .refine((value) => isShallow(value), `must not be nested deeper than ${MAX_DEPTH} levels`)
  .pipe(metadataSchema)
  .refine((metadata) => Object.keys(metadata).length <= MAX_ENTRIES, `must not have more than ${MAX_ENTRIES} entries`)
  .openapi({
    type: 'object',
    additionalProperties: true,
    description: 'Anything of yours, kept and returned as it is.',
    example: { team: 'sales' },
  });

/** Level by level rather than by recursion: a body of 64 KB can hold 30,000 levels. */
function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    level = level.flatMap(membersOf);
    if (level.length === 0) return true;
  }
  return false;
}

function membersOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
