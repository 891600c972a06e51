import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';

import type { Redis } from 'ioredis';

import { NO_PAGES, type PageCounts } from '../domain/message.ts';
import type { BrowserHealth, HealthProbes, ProfilesHealth, QueueHealth } from './health.ts';
import { createPool, poolSize, type Pool } from './pool.ts';
import { evictionPolicy } from '../store/fit-redis.ts';
import type { EventLoopMonitor } from './event-loop.ts';

interface HealthProbesOptions {
  readonly redis: Redis;
  /** `null` where no sessions run: shown like that of a node that has none. */
  readonly pool: Pool | null;
  readonly browser: () => BrowserHealth;
  readonly capacity: number;
  readonly profiles: () => Promise<ProfilesHealth>;
  /** `undefined` where no sessions run. */
  readonly pages: () => PageCounts | undefined;
  readonly waiting: () => Promise<number>;
  /** Whether no node lives that could take a session. */
  readonly isDeserted: () => boolean;
  readonly eventLoop: EventLoopMonitor;
  /** Of what a report of a fault should name; the browser's is added once it is known. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Looks at the parts of this process when asked. */
export function createHealthProbes({
  redis,
  pool,
  browser,
  capacity,
  profiles,
  pages,
  waiting,
  isDeserted,
  eventLoop,
  versions,
}: HealthProbesOptions): HealthProbes {
  let usage = process.cpuUsage();
  let lookedAt = performance.now();
  const shown = pool ?? createPool();
  const view = () => shown.getSnapshot().context;
  return {
    alive: () => true,
    redis: async () => {
      const before = performance.now();
      const answered = await redis.ping().then(
        () => true,
        () => false,
      );
      if (!answered) return { status: 'down', latencyMs: null };
      const latencyMs = round(performance.now() - before);
      return { status: 'up', latencyMs, policy: await evictionPolicy(redis) };
    },
    browser,
    sessions: () => view().byState,
    memory: () => {
      const { rss, heapUsed } = process.memoryUsage();
      return { rssBytes: rss, heapUsedBytes: heapUsed, freeBytes: freemem(), totalBytes: totalmem() };
    },
    cpu: () => {
      const { user, system } = process.cpuUsage(usage);
      const elapsedMs = performance.now() - lookedAt;
      usage = process.cpuUsage();
      lookedAt = performance.now();
      return {
        cores: availableParallelism(),
        usage: round((user + system) / 1e3 / Math.max(1, elapsedMs)),
        load1m: round(loadavg()[0] ?? 0),
      };
    },
    eventLoop: () => {
      const { meanMs, p99Ms, maxMs } = eventLoop.read();
      return { meanMs: round(meanMs), p99Ms: round(p99Ms), maxMs: round(maxMs) };
    },
    queue: async (): Promise<QueueHealth> => ({
      waiting: await waiting(),
      active: poolSize(view()),
      capacity,
      heldBy: isDeserted() ? 'no_node' : null,
    }),
    launches: () => ({ waiting: view().waiting, inFlight: view().launching }),
    breaker: () => ({ state: view().breaker }),
    pressure: () => ({ level: view().pressure }),
    profiles,
    pages: () => pages() ?? NO_PAGES,
    versions: () => {
      const { version } = browser();
      return version === null ? versions : { ...versions, browser: version };
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
