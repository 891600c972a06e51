import { z } from 'zod';

import { transitionSchema } from '../domain/session.ts';

/** A session's history as the visualizer exports it. It names neither the session nor its user. */
export const recordedHistorySchema = z.strictObject({
  format: z.literal('whatsapp-session-history/1'),
  machine: z.literal('session'),
  exportedAt: z.iso.datetime(),
  /** Of the session's own reconnects, as the service had it; a guard asks for it. */
  maxAttempts: z.int().nonnegative(),
  /** Oldest first. */
  transitions: z.array(transitionSchema),
});
export type RecordedHistory = Readonly<z.infer<typeof recordedHistorySchema>>;
