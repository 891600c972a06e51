const DAY_MS = 86_400_000;

/** How many events are kept for whoever comes back and asks for what happened meanwhile. */
export const EVENT_RETENTION = {
  /** Of all users together: what every process follows, and an admin's replay. */
  everybody: 50_000,
  /** Of each user besides, so that others' noise does not end a quiet user's replay. */
  ofUser: 1_000,
  /** Of each session, for its user's webhooks: what is beyond that is told as lost. */
  forWebhooks: 10_000,
  /** A user's are forgotten when none has come for this long (ms). */
  ofUserMs: 4 * DAY_MS,
} as const;
