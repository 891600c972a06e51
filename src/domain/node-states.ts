/** Of the machine that runs a node's sessions: `drained` is its end. */
export const SUPERVISOR_STATES = ['restoring', 'running', 'draining', 'drained'] as const;
export type SupervisorState = (typeof SUPERVISOR_STATES)[number];

/**
 * `closed`: launches go on. `open`: none, after too many failed in a row. `half_open`: one tries. `resuming`: a few,
 * then more.
 */
export const BREAKER_STATES = ['closed', 'open', 'half_open', 'resuming'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/** `high`: memory or processor are short, so nothing new is launched. */
export const PRESSURES = ['normal', 'high'] as const;
export type Pressure = (typeof PRESSURES)[number];
