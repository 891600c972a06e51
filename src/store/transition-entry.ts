import { z } from 'zod';

import { transitionSchema, type Transition } from '../domain/session.ts';
import { fieldsOf } from './session-hash.ts';
import { readReason } from './tolerant-fields.ts';

const transitionFields = z
  .object({
    at: z.coerce.number().transform((ms) => new Date(ms).toISOString()),
    from: z.string(),
    to: z.string(),
    event: z.string(),
    reason: z.string().transform((text) => readReason(text).reason),
    durationMs: z.coerce.number(),
    nodeId: z.string().transform((text) => text || null),
  })
  .loose();

/** A step of a session's history, out of an entry of its stream: the entry's id begins with the step's rev. */
export function readTransition(entryId: string, flat: readonly string[]): Transition {
  return transitionSchema.parse({ rev: Number(entryId.split('-')[0]), ...transitionFields.parse(fieldsOf(flat)) });
}
