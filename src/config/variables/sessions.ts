import { choice, count, duration, fraction, HIGHEST_COUNT, integer } from './values.ts';

/** How many sessions may run. */
export const limitVariables = {
  MAX_SESSIONS: count(100).optional().meta({
    defaultValue: '100',
    description: 'Sessions of the whole fleet that are to run, queued ones included.',
  }),
  MAX_SESSIONS_PER_USER: count(5).optional().meta({ defaultValue: '5', description: 'The same, of one user.' }),
  USER_LIMIT_POLICY: choice(['reject', 'evict-oldest']).optional().meta({
    defaultValue: 'reject',
    description: 'At the limit of a user: refuse the new one, or stop the least recently active one.',
  }),
  NODE_CAPACITY: count(20).optional().meta({
    otherwise: 'from memory and cores',
    description: 'Sessions that this process runs at the same time; more wait in the queue.',
  }),
};

/** How long a session waits, and how it helps itself. */
export const sessionVariables = {
  LAUNCH_TIMEOUT_MS: duration(60_000).optional().meta({
    defaultValue: '60000',
    description: 'From the start of a browser to its first sign: QR code, pairing code or authenticated.',
  }),
  SYNC_TIMEOUT_MS: duration(120_000).optional().meta({
    defaultValue: '120000',
    description: 'From the last progress of a sync, which begins when WhatsApp takes the login, to ready.',
  }),
  QR_WINDOW_MS: duration(180_000).optional().meta({
    defaultValue: '180000',
    description: 'How long a session waits for a scan before it gives its browser back.',
  }),
  PROBE_INTERVAL_MS: duration(30_000)
    .optional()
    .meta({ defaultValue: '30000', description: 'How often a ready page is probed; three misses count as a loss.' }),
  RECONNECT_BASE_MS: duration(1_000).optional().meta({
    defaultValue: '1000',
    description: "The first backoff of a session's own reconnect; each next doubles, with jitter.",
  }),
  RECONNECT_MAX_MS: duration(60_000)
    .optional()
    .meta({ defaultValue: '60000', description: 'The longest such backoff.' }),
  RECONNECT_MAX_ATTEMPTS: integer(0, HIGHEST_COUNT, 5)
    .optional()
    .meta({ defaultValue: '5', description: 'Attempts before the session is `failed`.' }),
};

/** How a node restarts what failed, and what it holds back. */
export const supervisorVariables = {
  RESTART_BASE_MS: duration(30_000)
    .optional()
    .meta({ defaultValue: '30000', description: 'The first delay before the supervisor restarts a failed session.' }),
  RESTART_MAX_MS: duration(300_000).optional().meta({ defaultValue: '300000', description: 'The longest such delay.' }),
  RESTART_INTENSITY: integer(0, HIGHEST_COUNT, 5).optional().meta({
    defaultValue: '5',
    description:
      'Restarts within `RESTART_PERIOD_MS` before a session stays `failed` until somebody starts it. Outages of the network do not count, and are retried at `RESTART_MAX_MS` for ever.',
  }),
  RESTART_PERIOD_MS: duration(3_600_000)
    .optional()
    .meta({ defaultValue: '3600000', description: 'The period in which restarts are counted.' }),
  BREAKER_THRESHOLD: count(5)
    .optional()
    .meta({ defaultValue: '5', description: 'Consecutive failed launches that open the breaker of a node.' }),
  BREAKER_RESET_MS: duration(60_000)
    .optional()
    .meta({ defaultValue: '60000', description: 'How long it stays open before one trial.' }),
  PRESSURE_MEMORY: fraction('0.9').optional().meta({
    otherwise: '`0.9`; `0` with the simulated driver',
    description: 'The part of memory in use above which nothing is launched; `0` switches off.',
  }),
  PRESSURE_CPU: fraction('0.95').optional().meta({
    otherwise: '`0.95`; `0` with the simulated driver',
    description: 'The same of the processor.',
  }),
};
