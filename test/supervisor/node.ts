import { randomBytes } from 'node:crypto';

import type { SessionLimits } from '../../machines/session.machine.ts';
import { systemClock, type Clock } from '../../src/domain/clock.ts';
import type { SessionQueue } from '../../src/queue/session-queue.ts';
import { connectRedis, type ConnectionUse, type RedisAddress } from '../../src/store/connection.ts';
import type { EventFeed } from '../../src/store/event-feed.ts';
import type { Keyspace } from '../../src/store/keys.ts';
import type { FormerNode } from '../../src/store/nodes.ts';
import { createStores, type Stores } from '../../src/store/stores.ts';
import type { LaunchLimits } from '../../src/supervisor/admission/launch-control.ts';
import type { Pool } from '../../src/observability/pool.ts';
import type { CredentialVault } from '../../src/supervisor/credentials/credential-keeper.ts';
import type { SealPace } from '../../src/supervisor/credentials/seal-schedule.ts';
import type { NodeSupervisor } from '../../src/supervisor/node-supervisor.ts';
import type { WorkerSettings } from '../../src/supervisor/worker-settings.ts';
import { createWorker, profileDirIn, type Worker } from '../../src/supervisor/worker.ts';
import type { LookAtSpace } from '../../src/host/profile-space.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { SimulationOptions } from '../../src/whatsapp/simulated/options.ts';
import { SealedBodies } from '../../src/messaging/sealed-bodies.ts';
import { RETENTION } from '../store/store-fixture.ts';
import { RecordingDriver } from './recording-driver.ts';
import { RecordingTelemetry } from './recording-telemetry.ts';

export interface NodeSetup {
  readonly address: RedisAddress;
  readonly keys: Keyspace;
  readonly profileRoot: string;
  readonly nodeId: string;
  /** Processes that are known to be dead. */
  readonly former: readonly FormerNode[];
  readonly capacity: number;
  readonly probeIntervalMs: number;
  readonly sweepMs: number;
  readonly movePace?: WorkerSettings['movePace'];
  readonly lockMs: number;
  /** How often jobs are looked for whose lock is gone. @defaultValue half of `lockMs` */
  readonly stalledCheckMs?: number;
  /** The time of its sessions and its devices. */
  readonly clock: Clock;
  /** By which it counts its leases. Their locks live in the time of Redis. @defaultValue the monotonic one */
  readonly leaseClock?: Clock;
  readonly session: Partial<SessionLimits>;
  readonly launches: Partial<LaunchLimits>;
  readonly recycle: Partial<WorkerSettings['recycle']>;
  readonly simulation: Partial<SimulationOptions>;
  readonly lookAtSpace?: LookAtSpace;
  /** Called when the node has taken a session back that it runs already, before it goes on. */
  readonly onAdopted?: () => Promise<void>;
  /** @defaultValue one in Redis, whose key all nodes have */
  readonly proxyOf?: Parameters<typeof createWorker>[0]['proxyOf'];
  readonly vault?: CredentialVault;
  readonly sealPace?: Partial<SealPace>;
}

const KEYS = [{ kid: 'test', key: Buffer.alloc(32, 7) }] as const;
export const RING = new KeyRing(KEYS);

const SESSION: SessionLimits = {
  launchTimeoutMs: 5_000,
  syncTimeoutMs: 5_000,
  qrWindowMs: 60_000,
  closeTimeoutMs: 5_000,
  unlinkTimeoutMs: 2_000,
  reachTimeoutMs: 5_000,
  eraseTimeoutMs: 2_000,
  verdictTimeoutMs: 2_000,
  stableAfterMs: 60_000,
  reconnectBaseMs: 10,
  reconnectMaxMs: 40,
  reconnectMaxAttempts: 3,
  conflictHoldMs: 30,
  missedProbes: 2,
};
const LAUNCHES: LaunchLimits = {
  maxConcurrentLaunches: 4,
  restoreTimeoutMs: 3_000,
  shutdownTimeoutMs: 5_000,
  restartBaseMs: 10,
  restartMaxMs: 50,
  restartIntensity: 2,
  restartPeriodMs: 60_000,
  // Out of the way of the tests that make many launches fail.
  threshold: 100,
  resetMs: 50,
};

/** One node in this process, put together by the parts that the service is: with the simulated driver, without HTTP. */
export interface TestNode {
  readonly nodeId: string;
  /** Which process this is, of those that had its name. */
  readonly incarnation: string;
  readonly driver: RecordingDriver;
  readonly worker: Pick<Worker, 'profiles'>;
  readonly supervisor: NodeSupervisor;
  readonly queue: SessionQueue;
  readonly feed: EventFeed;
  readonly pool: Pool;
  readonly telemetry: RecordingTelemetry;
  /** What it logged as an error. */
  readonly errors: string[];
  /** Drains, as SIGTERM would, and leaves nothing open. Repeated calls share one end. */
  stop(): Promise<void>;
}

export const profileDirOf = profileDirIn;

export async function startNode(setup: NodeSetup): Promise<TestNode> {
  const { address, keys, nodeId, capacity, lockMs, stalledCheckMs = lockMs / 2, clock, leaseClock } = setup;
  const errors: string[] = [];
  const quiet = () => undefined;
  const connect = (use: ConnectionUse) => connectRedis(address, use, quiet);
  const stores = createStores({
    connect,
    prefix: keys.prefix,
    engine: 'simulated',
    limits: { maxSessions: 100, maxSessionsPerUser: 100 },
    describe: () => ({ role: 'worker', version: '0.0.0', rssBytes: 1 }),
    sessionNow: () => clock.now(),
    log: { warn: quiet, error: quiet },
  });
  await stores.feed.start();
  const driver = new RecordingDriver({ launchDelayMs: 10, syncDelayMs: 10, clock, ...setup.simulation });
  const telemetry = new RecordingTelemetry();
  const worker = createWorker({
    nodeId,
    settings: {
      capacity,
      session: { ...SESSION, ...setup.session },
      launches: { ...LAUNCHES, ...setup.launches },
      recycle: { afterMs: 0, memoryBytes: 0, ...setup.recycle },
      pressure: { memory: 0, cpu: 0 },
      probeIntervalMs: setup.probeIntervalMs,
      closeGraceMs: 1_000,
      sealPace: { flushLookMs: 5, betweenMs: 100, retryMs: 50, deadlineMs: 10_000, ...setup.sealPace },
      messages: RETENTION,
      sweepMs: setup.sweepMs,
      movePace: setup.movePace,
      failover: { lockMs, stalledCheckMs },
    },
    stores: watchAdoptions(stores, setup.onAdopted),
    agree: async () => undefined,
    connect,
    driver,
    proxyOf: setup.proxyOf ?? (async () => null),
    vault: setup.vault ?? (await redisVault(stores)),
    bodies: new SealedBodies({ redis: stores.redis, keys, ring: RING, now: () => systemClock.now() }),
    outboxCounts: { moved: quiet, step: quiet, held: quiet },
    stager: { stage: async () => ({ kind: 'refused', code: 'MEDIA_REFUSED', why: 'There are no media here.' }) },
    messageCounts: { backfilled: quiet, duplicates: quiet, mediaBytes: quiet },
    profileRoot: setup.profileRoot,
    ...(setup.lookAtSpace !== undefined && { lookAtSpace: setup.lookAtSpace }),
    clock,
    ...(leaseClock !== undefined && { leaseClock }),
    randomBytes,
    telemetry,
    log: {
      info: quiet,
      warn: quiet,
      error: (fields, message) => errors.push(`${message}: ${'err' in fields ? String(fields.err) : ''}`),
    },
    onRedisError: quiet,
  });
  const { supervisor, queue, pool } = worker;
  let stopped: Promise<void> | null = null;
  const stop = async () => {
    await worker.stop();
    await driver.shutdown(1_000);
    await stores.feed.stop();
    stores.redis.disconnect();
  };
  await worker.start(setup.former);
  const { feed, nodes } = stores;
  const { incarnation } = nodes;
  return {
    nodeId,
    incarnation,
    driver,
    worker,
    supervisor,
    queue,
    feed,
    pool,
    telemetry,
    errors,
    stop: () => (stopped ??= stop()),
  };
}

function redisVault({ redis, keys }: Stores): Promise<CredentialVault> {
  const config = { archives: { kind: 'redis' }, redisPrefix: keys.prefix } as const;
  return openVault({ config, keys: KEYS, redis, now: () => systemClock.now(), randomBytes });
}

function watchAdoptions(stores: Stores, onAdopted: NodeSetup['onAdopted']): Stores {
  return {
    ...stores,
    claim: async (...of) => {
      const claimed = await stores.claim(...of);
      if (claimed.kind === 'adopted') await onAdopted?.();
      return claimed;
    },
  };
}
