import { z } from '@hono/zod-openapi';

import { sessionIdField, userIdField } from '../http/resources.ts';

const webhookIdField = z.string().max(64).openapi({ example: 'wh_0f8c3f0e6f0a4d4c9a536f2f0f2b8e0a' });

/** The same routes twice: a caller's own sessions, and those of a user whom an admin names. */
export interface Namespace {
  readonly prefix: '/api' | '/api/users/{userId}';
  /** Of the documentation. */
  readonly tag: string;
  /** Makes operation ids unique. */
  readonly operation: (name: string) => string;
  readonly sessionParams: z.ZodObject<{ id: typeof sessionIdField }>;
  readonly collectionParams: z.ZodObject;
  readonly webhookParams: z.ZodObject<{ webhookId: typeof webhookIdField }>;
}

export const OWN: Namespace = {
  prefix: '/api',
  tag: 'Sessions',
  operation: (name) => name,
  sessionParams: z.object({ id: sessionIdField }),
  collectionParams: z.object({}),
  webhookParams: z.object({ webhookId: webhookIdField }),
};

export const NAMED: Namespace = {
  prefix: '/api/users/{userId}',
  tag: 'Sessions of a user (admin)',
  operation: (name) => `${name}OfUser`,
  sessionParams: z.object({ id: sessionIdField, userId: userIdField }),
  collectionParams: z.object({ userId: userIdField }),
  webhookParams: z.object({ webhookId: webhookIdField, userId: userIdField }),
};
