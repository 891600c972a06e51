import { z } from '@hono/zod-openapi';

import { sessionIdField, userIdField } from '../http/resources.ts';

/** The same routes twice: a caller's own sessions, and those of a user whom an admin names. */
export interface Namespace {
  readonly prefix: '/api' | '/api/users/{userId}';
  /** Of the documentation. */
  readonly tag: string;
  /** Makes operation ids unique. */
  readonly operation: (name: string) => string;
  readonly sessionParams: z.ZodObject<{ id: typeof sessionIdField }>;
  readonly collectionParams: z.ZodObject;
}

export const OWN: Namespace = {
  prefix: '/api',
  tag: 'Sessions',
  operation: (name) => name,
  sessionParams: z.object({ id: sessionIdField }),
  collectionParams: z.object({}),
};

export const NAMED: Namespace = {
  prefix: '/api/users/{userId}',
  tag: 'Sessions of a user (admin)',
  operation: (name) => `${name}OfUser`,
  sessionParams: z.object({ id: sessionIdField, userId: userIdField }),
  collectionParams: z.object({ userId: userIdField }),
};
