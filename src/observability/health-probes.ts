import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

import type { Redis } from 'ioredis';

import type { BrowserHealth, HealthProbes, QueueHealth } from '../api/health.ts';
import { poolSize, type Pool } from '../supervisor/pool.ts';

interface HealthProbesOptions {
  readonly redis: Redis;
  /** `null` where no sessions run. */
  readonly pool: Pool | null;
  readonly browser: BrowserHealth;
  readonly capacity: number;
  readonly waiting: () => Promise<number>;
  readonly versions: Readonly<Record<string, string>>;
}

const NANOSECONDS = 1e6;
const SAMPLE_MS = 20;

/** Looks at the parts of this process when asked. `close` ends the sampling of the event loop. */
export function createHealthProbes({ redis, pool, browser, capacity, waiting, versions }: HealthProbesOptions): HealthProbes & { close(): void } {
  const loop = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  loop.enable();
  let usage = process.cpuUsage();
  let lookedAt = performance.now();
  const byState = () => pool?.getSnapshot().context.byState ?? NO_SESSIONS;
  return {
    alive: () => true,
    redis: async () => {
      const before = performance.now();
      const answered = await redis.ping().then(
        () => true,
        () => false,
      );
      return answered ? { status: 'up', latencyMs: round(performance.now() - before) } : { status: 'down', latencyMs: null };
    },
    browser: () => browser,
    sessions: byState,
    memory: () => {
      const { rss, heapUsed } = process.memoryUsage();
      return { rssBytes: rss, heapUsedBytes: heapUsed, freeBytes: freemem(), totalBytes: totalmem() };
    },
    cpu: () => {
      const { user, system } = process.cpuUsage(usage);
      const elapsedMs = performance.now() - lookedAt;
      usage = process.cpuUsage();
      lookedAt = performance.now();
      return { cores: availableParallelism(), usage: round((user + system) / 1e3 / Math.max(1, elapsedMs)), load1m: round(loadavg()[0] ?? 0) };
    },
    eventLoop: () => {
      const seen = { meanMs: delay(loop.mean), p99Ms: delay(loop.percentile(99)), maxMs: delay(loop.max) };
      loop.reset();
      return seen;
    },
    queue: async (): Promise<QueueHealth> => ({ waiting: await waiting(), active: (pool === null ? 0 : poolSize(pool.getSnapshot().context)), capacity }),
    breaker: () => ({ state: 'closed' }),
    versions: () => versions,
    close: () => loop.disable(),
  };
}

const NO_SESSIONS = { waiting_qr: 0, authenticating: 0, ready: 0, disconnected: 0, reconnecting: 0, failed: 0 };

/** The monitor counts the wait for its own timer as well, and says NaN when it has seen nothing. */
function delay(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? round(Math.max(0, nanoseconds / NANOSECONDS - SAMPLE_MS)) : 0;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
