const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export const ENDPOINTS_OF_USER = 20;
/** How long every attempt must have failed before an endpoint is disabled (ms). */
export const GIVING_UP_MS = 5 * DAY_MS;
/** After so many failures in a row one lane tries for all; for how long it rests before, doubled each time (ms). */
export const CIRCUIT = { failures: 10, openMs: 30_000, longestMs: 10 * MINUTE_MS } as const;
/** Lanes of one endpoint that deliver at once. One that has not been heard of for `staleMs` is taken for dead. */
export const LANES_AT_ONCE = { count: 8, staleMs: 40_000 } as const;
/** How much of the attempts is remembered for each endpoint; and how many dead letters. */
export const DELIVERIES_KEPT = { count: 1_000, ms: 7 * DAY_MS, dead: 10_000 } as const;
/** The longest time for one attempt, answer included (ms). */
export const ATTEMPT_MS = 15_000;
/** How much of an answer is read (bytes). */
export const ANSWER_BYTES = 1_024;
/** Answers that say that this event will never be taken, and how many of them are enough. */
export const REFUSALS: ReadonlySet<number> = new Set([400, 413, 415, 422]);
export const REFUSALS_ENOUGH = 5;
/** Between two attempts: the first failure waits for the first of them (ms); from the last on it stays. */
export const RETRY_MS = [
  5_000,
  30_000,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
] as const;
/** A `Retry-After` below is not heeded, one above is cut (ms). */
export const RETRY_AFTER = { leastMs: 1_000, mostMs: DAY_MS } as const;
