import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Logger } from 'pino';
import { z } from 'zod';

import { createApp, createHealthApp } from './api/app.ts';
import { ProcessLifecycle } from './api/http/lifecycle.ts';
import { listen } from './api/http/listen.ts';
import { createTokenVerifier } from './api/auth/tokens.ts';
import { rememberVerified } from './api/auth/verified-tokens.ts';
import { loadConfig, readEnvFile, type Config } from './config/config.ts';
import { ControlledClock, obeyStarter } from './host/controlled-clock.ts';
import { openDataDirectory, type DataDirectory } from './host/data-directory/data-directory.ts';
import { takeOverNode } from './host/data-directory/node-takeover.ts';
import { systemClock, type Clock } from './domain/clock.ts';
import { ensureError, SupervisorError } from './domain/errors.ts';
import { sessionKey, type SessionAddress } from './domain/session.ts';
import { IdleCollector } from './host/heap.ts';
import { watchHostLoad } from './host/host-load.ts';
import { readMachineGraphs } from './api/http/machine-graphs.ts';
import { EventLoopMonitor } from './observability/event-loop.ts';
import { createHealthProbes } from './observability/health-probes.ts';
import { createLog } from './observability/log.ts';
import { sayRarely } from './observability/recurring.ts';
import { createMetrics } from './observability/metrics.ts';
import { readVersions } from './observability/versions.ts';
import { CLOSE_GRACE_MS, launchLimits, SEAL_PACE, sessionLimits } from './supervisor/session-limits.ts';
import { memoryDirectories, chooseProfileRoot } from './host/profile-root.ts';
import { Shutdown } from './host/shutdown.ts';
import { BrowserMemory } from './store/browser-memory.ts';
import { connectRedis, type RedisAddress } from './store/connection.ts';
import { startEmbeddedRedis } from './store/embedded/embedded-redis.ts';
import { EventFeed } from './store/event-feed.ts';
import { FleetReader } from './store/fleet.ts';
import { keyspace } from './store/keys.ts';
import { LastKnownSessions } from './store/last-known-sessions.ts';
import { NodeRegistry } from './store/nodes.ts';
import { claim } from './store/ownership.ts';
import { SessionStore } from './store/session-store.ts';
import { SimulationChannel } from './store/simulation-channel.ts';
import { TicketStore } from './store/tickets.ts';
import { sessionBehind } from './supervisor/session/attribution.ts';
import { createSessionEffects } from './supervisor/session/session-effects.ts';
import { createSessionRunner } from './supervisor/session/session-runner.ts';
import { NodeSupervisor } from './supervisor/node-supervisor.ts';
import { createPool } from './supervisor/admission/pool.ts';
import { sessionsWaiting } from './queue/queue-length.ts';
import { PressureWatch } from './supervisor/admission/pressure.ts';
import { createCredentialKeeper } from './supervisor/credentials/credential-keeper.ts';
import { removeStaleProfiles } from './supervisor/credentials/stale-profiles.ts';
import { sweepQuarantined } from './supervisor/credentials/quarantined-profiles.ts';
import { FleetRecovery } from './supervisor/fleet/fleet-recovery.ts';
import { SessionQueue } from './queue/session-queue.ts';
import { KeyRing } from './vault/key-ring.ts';
import { archivesOf } from './vault/archives-of.ts';
import { assertKeysSuffice } from './vault/keys-suffice.ts';
import { serviceKeys } from './vault/service-keys.ts';
import { Vault } from './vault/vault.ts';
import { BrowserRegistry } from './whatsapp/web/browser-registry.ts';
import { browserVersion } from './whatsapp/web/chromium/browser-version.ts';
import type { WhatsAppDriver } from './whatsapp/device.ts';
import { SimulatedDriver } from './whatsapp/simulated/driver.ts';
import { createWhatsAppWebDriver } from './whatsapp/web/web-driver.ts';
import { welcome } from './api/auth/welcome.ts';

const SWEEP_QUARANTINED_MS = 3_600_000;
const PACKAGE = new URL(import.meta.resolve('#package'));
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(PACKAGE, 'utf8')));

function jwtSecret(config: Config, directory: DataDirectory): Uint8Array | null {
  const { auth } = config;
  if (auth.kind === 'jwks') return null;
  return new TextEncoder().encode(auth.kind === 'secret' ? auth.secret : directory.secret('jwt'));
}

/** Simulated logins are no secrets, and may be thousands: they lie on the disk. */
function profileRoot({ profileDir, driver, dataDir, node }: Config, log: Logger): string {
  if (profileDir !== null) return profileDir;
  if (driver.name === 'simulated') return join(dataDir, 'profiles');
  const place = chooseProfileRoot({ dataDir, capacity: node.capacity, candidates: memoryDirectories(process.env) });
  if (place.kind === 'disk')
    log.warn(
      { directory: place.directory, why: place.why },
      'live profiles lie on a disk, where what is deleted can be read until it is written over',
    );
  return place.directory;
}

/** What sessions live by, and what their records tell. The rest of the service keeps the time of the world. */
function sessionClock({ clock }: Config): Clock {
  if (clock.kind === 'world') return systemClock;
  const controlled = new ControlledClock(clock.aheadMs);
  obeyStarter(controlled, process);
  return controlled;
}

/** The driver that was asked for; what is sent to be simulated reaches the simulated one by the feed. */
function createDriver(
  { driver: wanted }: Config,
  directory: DataDirectory,
  feed: EventFeed,
  clock: Clock,
  log: Logger,
): WhatsAppDriver {
  if (wanted.name === 'whatsapp-web.js' && wanted.browser !== null) {
    const { executable, headless, args } = wanted.browser;
    const registry = new BrowserRegistry(join(directory.path, 'browsers'));
    // However this process ends, short of kill -9, no browser outlives it.
    process.once('exit', () => registry.killAll());
    return createWhatsAppWebDriver({ executablePath: executable, headless, browserArgs: args, registry, log });
  }
  const simulated = new SimulatedDriver({ clock });
  feed.listen((event) => {
    if (event.type === 'control.simulate')
      simulated.play(sessionKey({ userId: event.userId, id: event.sessionId }), event.simulate);
  });
  return simulated;
}

async function main(): Promise<void> {
  readEnvFile();
  const config = loadConfig(process.env);
  const { nodeId, role, http } = config;
  const log = createLog({ ...config.log, nodeId });
  const lifecycle = new ProcessLifecycle();
  const shutdown = new Shutdown({ log, timeoutMs: config.shutdownTimeoutMs, process });
  shutdown.first('no new work', async () => lifecycle.drain());

  const directory = await openDataDirectory(config.dataDir);
  shutdown.last('data directory', () => directory.release());
  const onRedisError = sayRarely(
    (err, silenced) => log.warn({ err, silenced }, 'redis connection'),
    () => performance.now(),
  );
  const redisAddress = await (async (): Promise<RedisAddress> => {
    if (config.redis.kind === 'url') return { kind: 'url', url: config.redis.url };
    const embedded = await startEmbeddedRedis({ dataDir: directory.path, executable: config.redis.executable, log });
    shutdown.last('redis', () => embedded.stop());
    // A shutdown that was cut short leaves it running: it writes its data and ends by itself.
    process.once('exit', () => {
      if (embedded.pid !== null) process.kill(embedded.pid, 'SIGTERM');
    });
    return { kind: 'socket', path: embedded.socketPath };
  })();
  const redis = connectRedis(redisAddress, 'commands', onRedisError);
  shutdown.last('redis connection', async () => redis.disconnect());

  const keys = keyspace(config.redisPrefix);
  const clock = sessionClock(config);
  const sessionNow = () => clock.now();
  const now = () => systemClock.now();
  const store = new SessionStore({
    redis,
    keys,
    now: sessionNow,
    ...config.fleet,
    onError: (error) => log.error({ err: ensureError(error) }, 'a damaged record was passed over'),
  });
  const feed = new EventFeed({
    redis,
    blocking: connectRedis(redisAddress, 'blocking', onRedisError),
    keys,
    onError: (error) => log.warn({ err: ensureError(error) }, 'event feed'),
  });
  await feed.start();
  shutdown.last('event feed', () => feed.stop());

  const find = (address: SessionAddress) => store.find(address);
  const pool = role === 'api' ? null : createPool();
  const waiting = () => sessionsWaiting(redis, config.redisPrefix);
  const nodes = new NodeRegistry(redis, keys, () => ({ role, version, rssBytes: process.memoryUsage.rss() }));
  const browserMemory = new BrowserMemory({
    redis,
    keys,
    nodes,
    findAll: (addresses) => store.findAll(addresses),
    now,
  });
  const eventLoop = new EventLoopMonitor();
  let browserSizes = async (): Promise<number[]> => [];
  const metrics = createMetrics({
    pool,
    waiting,
    eventLoop,
    version,
    capacity: config.node.capacity,
    browserMemory: () => browserSizes(),
    now: () => performance.now(),
  });
  shutdown.last('metrics', async () => {
    metrics.close();
    eventLoop.close();
  });
  if (pool !== null) {
    const archives = archivesOf({ config, redis, now, randomBytes });
    const ring = new KeyRing(serviceKeys(config.encryptionKeys, directory, log));
    await assertKeysSuffice(archives, ring);
    const vault = new Vault({ store: archives, ring, now, randomBytes });
    const profiles = profileRoot(config, log);
    // A place of our own making; while it holds a profile it stays.
    if (config.profileDir === null) shutdown.last('profiles', () => rmdir(profiles).catch(() => undefined));
    const driver = createDriver(config, directory, feed, clock, log);
    // Beside a browser each session's share of Node counts; the simulated ones have none, and may be thousands.
    const collector = new IdleCollector(10_000);
    let { byState } = pool.getSnapshot().context;
    pool.subscribe(({ context }) => {
      // A launch that waits or a change of pressure leaves nothing, and would put a collection off again and again.
      if (context.byState === byState || driver.name !== 'whatsapp-web.js') return;
      byState = context.byState;
      collector.touch();
    });
    shutdown.last('driver', () => driver.shutdown(CLOSE_GRACE_MS));
    const claimFor = (address: SessionAddress, expectedEpoch?: number) =>
      claim({ redis, keys, now: sessionNow }, address, nodeId, expectedEpoch);
    const roster = new FleetRecovery({ redis, keys, clock: systemClock, nodes, find, claim: claimFor });
    const profileDirOf = (key: string) => join(profiles, createHash('sha256').update(key).digest('hex').slice(0, 32));
    const limits = sessionLimits(config);
    const startRunner = createSessionRunner({
      clock,
      limits,
      find,
      pool,
      log,
      telemetry: metrics.telemetry,
      createSeed: () => randomBytes(4).readInt32LE(),
      createEffects: createSessionEffects({
        driver,
        clock,
        profileDirOf,
        createKeeper: createCredentialKeeper({ vault, driver, clock, profileDirOf, pace: SEAL_PACE }),
        probeIntervalMs: config.session.probeIntervalMs,
        closeGraceMs: CLOSE_GRACE_MS,
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
      log,
      find,
      claim: claimFor,
      telemetry: metrics.telemetry,
      clock,
      fleetNow: now,
      launchLimits: launchLimits(config),
      recycle: { afterMs: config.recycle.afterMs, memoryBytes: config.recycle.rssMb * 2 ** 20 },
      capacity: config.node.capacity,
    });
    browserSizes = async () => [...(await supervisor.browserMemory()).values()];
    const queue = new SessionQueue({
      redis,
      blocking: connectRedis(redisAddress, 'blocking', onRedisError),
      prefix: config.redisPrefix,
      capacity: config.node.capacity,
      run: (key, lost) => supervisor.run(key, lost),
      onFreed: (key) => supervisor.freed(key),
      onError: onRedisError,
    });
    const sweep = setInterval(() => void sweepQuarantined(profiles, now()), SWEEP_QUARANTINED_MS);
    shutdown.first('refused profiles', async () => clearInterval(sweep));
    await sweepQuarantined(profiles, now());
    await removeStaleProfiles({
      root: profiles,
      vault,
      driver,
      onError: (error) => log.warn({ err: error }, 'a profile that is of no use any more could not be removed'),
    });
    shutdown.first('sessions', async () => {
      await supervisor.drain();
      await queue.close();
    });
    shutdown.healBy((error) => {
      const key = sessionBehind();
      return key !== undefined && supervisor.crash(key, error);
    });
    await supervisor.start(queue, takeOverNode(directory.path, nodeId));
    if (config.pressure.memory > 0 || config.pressure.cpu > 0) {
      const pressure = new PressureWatch({
        clock: systemClock,
        marks: config.pressure,
        readLoad: watchHostLoad(),
        onChange: (level, { short, load }) => {
          log.warn(
            { level, short, load },
            level === 'high' ? 'memory or processor are short: nothing is launched' : 'launches go on',
          );
          supervisor.setPressure(level);
        },
      });
      shutdown.first('pressure', async () => pressure.stop());
    }
  }

  const secret = jwtSecret(config, directory);
  const versions = await readVersions(redis, version);
  let browser: string | null = null;
  if (config.driver.name === 'whatsapp-web.js' && config.driver.browser !== null) {
    void browserVersion(config.driver.browser.executable).then((found) => (browser = found));
  }
  const health = createHealthProbes({
    redis,
    pool,
    waiting,
    eventLoop,
    capacity: config.node.capacity,
    browser: () => ({ status: config.driver.name === 'simulated' ? 'simulated' : 'found', version: browser }),
    versions: () => (browser === null ? versions : { ...versions, browser }),
  });
  const deps = {
    store,
    feed,
    health,
    metrics,
    lifecycle,
    now,
    version,
    logger: log,
    lastKnown: new LastKnownSessions({ store, feed, now }),
    metricsToken: config.metricsToken,
    pages: new URL('dist/pages/', PACKAGE),
    browserMemory,
    machines: readMachineGraphs(new URL('machines/', PACKAGE)),
    fleet: new FleetReader({ redis, keys, nodes, waiting, now, maxSessions: config.fleet.maxSessions }),
    verifier: rememberVerified(
      createTokenVerifier({
        secret,
        now,
        jwksUrl: config.auth.kind === 'jwks' ? new URL(config.auth.url) : null,
        jwks: config.auth.kind === 'jwks' ? { maxStaleMs: config.auth.maxStaleMs } : {},
        issuer: config.auth.issuer ?? undefined,
        audience: config.auth.audience ?? undefined,
      }),
      { now },
    ),
    tickets: new TicketStore({ redis, keys, now, createId: () => randomBytes(32).toString('base64url') }),
    simulation: config.driver.name === 'simulated' ? new SimulationChannel(redis, keys) : null,
    createId: () => randomUUID(),
    corsOrigins: http.corsOrigins,
  };
  const listener = await listen(role === 'worker' ? createHealthApp(deps) : createApp(deps), http);
  shutdown.first('http', () => listener.close(config.shutdownTimeoutMs / 2));
  lifecycle.serve();
  const url = `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${listener.port}`;
  log.info({ url, role, driver: config.driver.name, capacity: config.node.capacity, version }, 'listening');
  if (config.auth.kind === 'generated' && secret !== null && role !== 'worker') {
    process.stdout.write(
      await welcome({
        secret,
        url,
        issuer: config.auth.issuer,
        audience: config.auth.audience,
        driver: config.driver.name,
      }),
    );
  }
}

main().catch((thrown: unknown) => {
  const error = ensureError(thrown);
  process.stderr.write(error instanceof SupervisorError ? `${error.message}\n` : `${error.stack ?? error.message}\n`);
  process.exitCode = 1;
  setImmediate(() => process.exit(1));
});
