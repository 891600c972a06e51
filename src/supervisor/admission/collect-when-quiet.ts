import { IdleCollector } from '../../host/heap.ts';
import type { Pool } from '../../observability/pool.ts';

const QUIET_MS = 10_000;

/** Collects this process's garbage once no session has come, moved or gone for a while. */
export function collectWhenQuiet(pool: Pool): void {
  const collector = new IdleCollector(QUIET_MS);
  let { byState } = pool.getSnapshot().context;
  pool.subscribe(({ context }) => {
    // A launch that waits or a change of pressure leaves nothing, and would put a collection off again and again.
    if (context.byState === byState) return;
    byState = context.byState;
    collector.touch();
  });
}
