import { z } from '@hono/zod-openapi';
import type { ZodType } from 'zod';

import { PROBLEMS, problemSchema, type ProblemCode } from './problems.ts';

/** A JSON answer, as a route declares it. */
export function json<Schema extends ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** A JSON body that a route needs. */
export function body<Schema extends ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } };
}

const problemContent = { 'application/problem+json': { schema: problemSchema } };

/** Problems that any route behind a token may answer with. */
const ALWAYS = [
  'INVALID_REQUEST',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'STORE_UNAVAILABLE',
] as const satisfies readonly ProblemCode[];

/**
 * The problems that a route declares, by status. They are thrown, never returned, so their type stays out of the
 * handler's: only answers of success are checked against the document.
 */
export function problems(...codes: readonly ProblemCode[]): object {
  return onlyProblems(...ALWAYS, ...codes);
}

/** The same for a route that is not behind a user's token, and does not need the store. */
export function onlyProblems(...codes: readonly ProblemCode[]): object {
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const { status, title } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\` ${title}.`]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [status, { description: lines.join(' '), content: problemContent }]),
  );
}

export const etagHeader = { ETag: { schema: { type: 'string' as const }, description: 'The session’s `rev`.' } };

export const NO_CONTENT = { description: 'Done.' };
export const strictQuery = z.strictObject({});
