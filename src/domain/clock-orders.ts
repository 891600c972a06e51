import { z } from 'zod';

/**
 * How a test suite turns the clock of a service that it has started: by messages over the channel between the two
 * processes.
 */
export const clockOrderSchema = z.object({
  clock: z.literal('advance'),
  /** Comes back with the answer. */
  order: z.int(),
  ms: z.number().nonnegative(),
});
export type ClockOrder = Readonly<z.infer<typeof clockOrderSchema>>;

/** All that was due by then has begun. */
export const clockAnswerSchema = z.object({
  clock: z.literal('advanced'),
  order: z.int(),
  /** How far the clock is now ahead of the system's (ms). */
  aheadMs: z.number().nonnegative(),
});
export type ClockAnswer = Readonly<z.infer<typeof clockAnswerSchema>>;
