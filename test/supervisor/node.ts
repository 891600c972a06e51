import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { SessionLimits } from '../../machines/session.machine.ts';
import { systemClock } from '../../src/domain/clock.ts';
import type { SessionAddress } from '../../src/domain/session.ts';
import { BrowserMemory } from '../../src/store/browser-memory.ts';
import { connectRedis, type RedisAddress } from '../../src/store/connection.ts';
import { EventFeed } from '../../src/store/event-feed.ts';
import type { Keyspace } from '../../src/store/keys.ts';
import { NodeRegistry } from '../../src/store/nodes.ts';
import { claim } from '../../src/store/ownership.ts';
import { SessionStore } from '../../src/store/session-store.ts';
import type { LaunchLimits } from '../../src/supervisor/admission/launch-control.ts';
import { NodeSupervisor, type NodeSupervisorOptions } from '../../src/supervisor/node-supervisor.ts';
import { createSessionEffects } from '../../src/supervisor/session/session-effects.ts';
import { createSessionRunner } from '../../src/supervisor/session/session-runner.ts';
import { createPool, type Pool } from '../../src/supervisor/admission/pool.ts';
import { FleetRecovery } from '../../src/supervisor/fleet/fleet-recovery.ts';
import { SessionQueue } from '../../src/queue/session-queue.ts';
import type { SimulationOptions } from '../../src/whatsapp/simulated/options.ts';
import { createCredentialKeeper, type CredentialVault } from '../../src/supervisor/credentials/credential-keeper.ts';
import type { SealPace } from '../../src/supervisor/credentials/seal-schedule.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { RedisArchives } from '../../src/vault/redis-archives.ts';
import { Vault } from '../../src/vault/vault.ts';
import { RecordingTelemetry } from './recording-telemetry.ts';
import { RecordingDriver } from './recording-driver.ts';

export interface NodeSetup {
  readonly address: RedisAddress;
  readonly keys: Keyspace;
  readonly profileRoot: string;
  readonly nodeId: string;
  readonly deadNodes: readonly string[];
  readonly capacity: number;
  readonly probeIntervalMs: number;
  readonly sweepMs: number;
  readonly lockMs: number;
  readonly session: Partial<SessionLimits>;
  readonly launches: Partial<LaunchLimits>;
  readonly recycle: Partial<NodeSupervisorOptions['recycle']>;
  readonly simulation: Partial<SimulationOptions>;
  /** Called when the node has taken a session back that it runs already, before it goes on. */
  readonly onAdopted?: () => Promise<void>;
  /** @defaultValue one in Redis, whose key all nodes have */
  readonly vault?: CredentialVault;
  readonly sealPace?: Partial<SealPace>;
}

export const RING = new KeyRing([{ kid: 'test', key: Buffer.alloc(32, 7) }]);

const SESSION: SessionLimits = {
  launchTimeoutMs: 5_000,
  syncTimeoutMs: 5_000,
  qrWindowMs: 60_000,
  closeTimeoutMs: 5_000,
  unlinkTimeoutMs: 2_000,
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

/** One node in this process: what `src/main.ts` puts together, with the simulated driver and without HTTP. */
export interface TestNode {
  readonly nodeId: string;
  readonly driver: RecordingDriver;
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

export function profileDirOf(profileRoot: string, key: string): string {
  return join(profileRoot, createHash('sha256').update(key).digest('hex').slice(0, 32));
}

export async function startNode(setup: NodeSetup): Promise<TestNode> {
  const { address, keys, profileRoot, nodeId, capacity, lockMs } = setup;
  const errors: string[] = [];
  const quiet = () => undefined;
  const redis = connectRedis(address, 'commands', quiet);
  const now = () => Date.now();
  const store = new SessionStore({ redis, keys, now, maxSessions: 100, maxSessionsPerUser: 100 });
  const feed = new EventFeed({ redis, blocking: connectRedis(address, 'blocking', quiet), keys, onError: quiet });
  await feed.start();
  const pool = createPool();
  const telemetry = new RecordingTelemetry();
  const driver = new RecordingDriver({ launchDelayMs: 10, syncDelayMs: 10, ...setup.simulation });
  const nodes = new NodeRegistry(redis, keys, () => ({ role: 'worker', version: '0.0.0', rssBytes: 1 }));
  const browserMemory = new BrowserMemory({
    redis,
    keys,
    nodes,
    findAll: (addresses) => store.findAll(addresses),
    now,
  });
  const find = (session: SessionAddress) => store.find(session);
  const claimFor = async (session: SessionAddress, expectedEpoch?: number) => {
    const claimed = await claim({ redis, keys, now }, session, nodeId, expectedEpoch);
    if (claimed.kind === 'adopted') await setup.onAdopted?.();
    return claimed;
  };
  const roster = new FleetRecovery({ redis, keys, clock: systemClock, nodes, find, claim: claimFor });
  const log = {
    info: quiet,
    error: (fields: object, message: string) => errors.push(`${message}: ${'err' in fields ? String(fields.err) : ''}`),
  };
  const clock = systemClock;
  const limits = { ...SESSION, ...setup.session };
  const keptAt = (key: string) => profileDirOf(profileRoot, key);
  const vault =
    setup.vault ??
    new Vault({
      store: new RedisArchives({ redis, prefix: keys.prefix, randomBytes }),
      ring: RING,
      now,
      randomBytes,
    });
  const startRunner = createSessionRunner({
    clock,
    limits,
    find,
    pool,
    log,
    telemetry,
    createSeed: () => randomBytes(4).readInt32LE(),
    createEffects: createSessionEffects({
      driver,
      clock,
      profileDirOf: keptAt,
      createKeeper: createCredentialKeeper({
        vault,
        driver,
        clock,
        profileDirOf: keptAt,
        pace: { flushLookMs: 5, betweenMs: 100, retryMs: 50, deadlineMs: 10_000, ...setup.sealPace },
      }),
      probeIntervalMs: setup.probeIntervalMs,
      closeGraceMs: 1_000,
      unlinkTimeoutMs: limits.unlinkTimeoutMs,
      pairTimeoutMs: limits.launchTimeoutMs,
    }),
  });
  const supervisor = new NodeSupervisor({
    nodeId,
    startRunner,
    roster,
    nodes,
    browserMemory,
    feed,
    pool,
    find,
    capacity,
    claim: claimFor,
    log,
    clock,
    launchLimits: { ...LAUNCHES, ...setup.launches },
    recycle: { afterMs: 0, memoryBytes: 0, ...setup.recycle },
    telemetry,
    sweepMs: setup.sweepMs,
  });
  const queue = new SessionQueue({
    redis,
    blocking: connectRedis(address, 'blocking', quiet),
    prefix: keys.prefix,
    capacity,
    failover: { lockMs, stalledCheckMs: lockMs / 2 },
    run: (key, lost) => supervisor.run(key, lost),
    onFreed: (key) => supervisor.freed(key),
    onError: quiet,
  });
  let stopped: Promise<void> | null = null;
  const stop = async () => {
    await supervisor.drain();
    await queue.close();
    await driver.shutdown(1_000);
    await feed.stop();
    redis.disconnect();
  };
  await supervisor.start(queue, setup.deadNodes);
  return { nodeId, driver, supervisor, queue, feed, pool, telemetry, errors, stop: () => (stopped ??= stop()) };
}
