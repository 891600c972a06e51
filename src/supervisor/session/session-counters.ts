import type { Clock } from '../../domain/clock.ts';
import type { SessionState } from '../../domain/session.ts';
import type { Pool } from '../../observability/pool.ts';
import type { Telemetry } from '../../observability/telemetry.ts';

interface SessionTallyOptions {
  readonly pool: Pool;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/**
 * Counts one session's moves, and measures how long each recovery takes: from the loss of a ready session until it is
 * ready again.
 */
export class SessionCounters {
  readonly #options: SessionTallyOptions;
  #lostAt: number | null = null;

  constructor(options: SessionTallyOptions) {
    this.#options = options;
  }

  /** The session came (`from: null`), moved, or went (`to: null`). */
  moved(from: SessionState | null, to: SessionState | null, event: string): void {
    const { pool, telemetry, clock } = this.#options;
    pool.trigger.moved({ from, to });
    if (to === null) return;
    if (from !== null) telemetry.moved(from, to, event);
    if (from === 'ready' && to !== 'disconnected') this.#lostAt = clock.now();
    // Stopped, logged out or idle: nothing is to be recovered any more.
    if (to === 'disconnected') this.#lostAt = null;
    if (to !== 'ready' || this.#lostAt === null) return;
    telemetry.recovered(clock.now() - this.#lostAt);
    this.#lostAt = null;
  }
}
