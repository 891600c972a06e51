import { z } from 'zod';

/** How fast a session sends. */
export const pacingSchema = z.strictObject({
  /** Messages at once after a pause. */
  burst: z.number().min(0.01).max(1_000),
  perSecond: z.number().min(0.01).max(1_000),
  /** How much the pauses vary: 0.5 is by half, either way. */
  jitter: z.number().min(0).max(1),
  /** Chats of people who never wrote that may be begun in a day (UTC). */
  newChatsPerDay: z.int().min(0).max(1_000_000).optional(),
  /** Messages in a day (UTC). */
  perDay: z.int().min(0).max(1_000_000).optional(),
});
export type Pacing = z.infer<typeof pacingSchema>;

export const DEFAULT_PACING: Pacing = { burst: 5, perSecond: 1, jitter: 0.5 };
