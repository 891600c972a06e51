import { randomBytes as systemBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { Redis } from 'ioredis';
import { z } from 'zod';

import { createApiDeps } from './api/api-deps.ts';
import { createApp, createHealthApp } from './api/app.ts';
import { serviceVerifier, tokenSecret } from './api/auth/service-verifier.ts';
import { welcome } from './api/auth/welcome.ts';
import { ProcessLifecycle } from './api/http/lifecycle.ts';
import { listen } from './api/http/listen.ts';
import type { Config } from './config/config.ts';
import type { Overrides, Service } from './overrides.ts';
import { systemClock } from './domain/clock.ts';
import { buildId } from './host/build-id.ts';
import { ClosingOrder } from './host/closing-order.ts';
import { openDataDirectory, type DataDirectory } from './host/data-directory/data-directory.ts';
import { formerNode, noteNode } from './host/data-directory/node-takeover.ts';
import { AddressGuard } from './host/outbound/address-guard.ts';
import { OutboundClient } from './host/outbound/outbound-client.ts';
import { placeProfiles } from './host/profile-root.ts';
import { watchBrowser } from './observability/browser-health.ts';
import { EventLoopMonitor } from './observability/event-loop.ts';
import { profilesHealth } from './observability/profiles-health.ts';
import { createHealthProbes } from './observability/health-probes.ts';
import { createLog } from './observability/log.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { sayRarely } from './observability/recurring.ts';
import { readServiceLevel } from './observability/service-level.ts';
import { readVersions } from './observability/versions.ts';
import { sessionsWaiting } from './queue/queue-length.ts';
import { CallChannel } from './store/call-channel.ts';
import { connectRedis, type ConnectionUse } from './store/connection.ts';
import { fitRedis } from './store/fit-redis.ts';
import { reachRedis } from './store/redis-address.ts';
import { ensureError } from './domain/errors.ts';
import { createStores, type Stores } from './store/stores.ts';
import { collectWhenQuiet } from './supervisor/admission/collect-when-quiet.ts';
import { FleetMembership } from './supervisor/fleet/fleet-membership.ts';
import { watchNodes } from './supervisor/fleet/lost-nodes.ts';
import { followSimulations } from './supervisor/follow-simulations.ts';
import { workerSettings } from './supervisor/worker-settings.ts';
import { createWorker, type Worker } from './supervisor/worker.ts';
import { openSending, type MessagesOut } from './messaging/open-sending.ts';
import { RemoteDevices } from './messaging/remote-devices.ts';
import { openSealedBodies, type SealedBodies } from './messaging/sealed-bodies.ts';
import { KeyRing } from './vault/key-ring.ts';
import { openVault } from './vault/open-vault.ts';
import { SessionProxies } from './vault/session-proxies.ts';
import { serviceKeys, type EncryptionKeys } from './vault/service-keys.ts';
import { createWebhooks } from './webhooks/create-webhooks.ts';
import { createDriver } from './whatsapp/create-driver.ts';
import { SimulatedDriver } from './whatsapp/simulated/driver.ts';

export type { Service };
const PACKAGE = new URL(import.meta.resolve('#package'));
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(PACKAGE, 'utf8')));
const build = buildId();

/** Puts the whole service together: nothing else constructs it. Nothing runs before its `start`. */
export function createService(config: Config, overrides: Overrides = {}): Service {
  const {
    log = createLog({ ...config.log, nodeId: config.nodeId }),
    clock = systemClock,
    leaseClock,
    randomBytes = systemBytes,
    createId = randomUUID,
    greet = () => undefined,
  } = overrides;
  const now = () => systemClock.now();
  const closing = new ClosingOrder(log);
  const lifecycle = new ProcessLifecycle();
  const announcing = new AbortController();
  const leave = () => lifecycle.leave(config.lameDuckMs, announcing.signal);
  closing.first('no new work', leave);
  const onRedisError = sayRarely(
    (err, silenced) => log.warn({ err, silenced }, 'redis connection'),
    () => performance.now(),
  );
  const guard = new AddressGuard(config.webhooks.outbound, overrides.outbound?.resolve);
  const outbound = new OutboundClient({ guard, ca: overrides.outbound?.ca });
  closing.last('outbound connections', async () => outbound.close());
  const fleet = new FleetMembership(config.fleet);
  let redisPrefix = config.redisPrefix;
  let url: string | null = null;
  let worker: Worker | null = null;

  type Connect = (use: ConnectionUse) => Redis;

  async function openStores(directory: DataDirectory): Promise<{ stores: Stores; connect: Connect }> {
    let address = overrides.redis;
    if (address === undefined) {
      const redis = await reachRedis(config.redis, directory.path, log);
      closing.last('redis', () => redis.stop());
      address = redis.address;
    }
    const at = address;
    redisPrefix = await fitRedis({ address: at, config, log, onError: onRedisError });
    const connect: Connect = (use) => connectRedis(at, use, onRedisError);
    const stores = createStores({
      connect,
      prefix: redisPrefix,
      engine: (overrides.driver?.traits ?? config.traits).engine,
      limits: fleet.limits,
      outboxMax: config.messages.outboxMax,
      describe: () => ({ role: config.role, version, build, rssBytes: process.memoryUsage.rss(), fleet: fleet.own }),
      sessionNow: () => clock.now(),
      log,
    });
    closing.last('redis connection', async () => stores.redis.disconnect());
    await stores.feed.start();
    closing.last('event feed', () => stores.feed.stop());
    return { stores, connect };
  }

  async function startWorker(
    directory: DataDirectory,
    { stores, connect }: { stores: Stores; connect: Connect },
    parts: {
      readonly keys: EncryptionKeys;
      readonly bodies: SealedBodies;
      readonly proxies: SessionProxies;
      readonly out: MessagesOut;
      readonly metrics: Metrics;
    },
  ): Promise<void> {
    const { keys, bodies, proxies, out, metrics } = parts;
    fleet.keep({ archives: config.archives, keys });
    const settings = { ...workerSettings(config), ...overrides.settings };
    const vault = await openVault({ config: { ...config, redisPrefix }, keys, redis: stores.redis, now, randomBytes });
    const traits = overrides.driver?.traits ?? config.traits;
    const profiles = placeProfiles({
      given: config.profileDir,
      isSecret: traits.holdsSecrets,
      dataDir: config.dataDir,
      capacity: settings.capacity,
      env: process.env,
      log,
    });
    closing.last('profiles', () => profiles.remove());
    const driver = overrides.driver ?? createDriver(config.driver, { dataDir: directory.path, clock, log });
    closing.last('driver', () => driver.shutdown(settings.closeGraceMs));
    if (driver instanceof SimulatedDriver) {
      const simulations = await followSimulations(driver, stores, connect('blocking'), log);
      closing.last('simulation channel', () => simulations.stop());
    }
    const { stager, end: endMedia } = await out.stageBeside(profiles.directory);
    closing.last('media', endMedia);
    const started = createWorker({
      nodeId: config.nodeId,
      settings,
      stores,
      agree: () => fleet.enter(stores, log),
      connect,
      driver,
      proxyOf: (address) => proxies.of(address),
      vault,
      bodies,
      messageCounts: metrics.messages,
      outboxCounts: metrics.outboxes,
      stager,
      profileRoot: profiles.directory,
      ...(overrides.lookAtSpace !== undefined && { lookAtSpace: overrides.lookAtSpace }),
      clock,
      ...(leaseClock !== undefined && { leaseClock }),
      randomBytes,
      telemetry: metrics.telemetry,
      log,
      onRedisError,
    });
    worker = started;
    const { pool, supervisor } = started;
    // Beside a browser each session's share of Node counts; devices without processes may be thousands.
    if (traits.hasProcesses) collectWhenQuiet(pool);
    metrics.showNode({
      ...started,
      capacity: settings.capacity,
      browserMemory: async () => [...(await supervisor.browserMemory()).values()],
    });
    closing.first('sessions', () => started.stop());
    const former = formerNode(directory.path);
    await started.start(former === null ? [] : [former]);
    noteNode(directory.path, { nodeId: config.nodeId, incarnation: stores.nodes.incarnation });
  }

  return {
    get url() {
      if (url === null) throw new Error('The service does not listen yet.');
      return url;
    },
    async start() {
      const { http, role } = config;
      const directory = await openDataDirectory(config.dataDir);
      closing.last('data directory', () => directory.release());
      const reached = await openStores(directory);
      const { stores } = reached;
      const keys = serviceKeys(config.encryptionKeys, directory, log);
      const ring = new KeyRing(keys);
      const bodies = openSealedBodies({ ...stores, ring, now, randomBytes });
      const proxies = new SessionProxies({ ...stores, ring, everybodys: config.proxy, guard, ...overrides.outbound });
      const waiting = () => sessionsWaiting(stores.redis, redisPrefix);
      const outboxes = () => stores.messages.figures(clock.now());
      const eventLoop = new EventLoopMonitor();
      const metrics = createMetrics({ waiting, outboxes, eventLoop, version, now: () => performance.now() });
      closing.last('metrics', async () => {
        metrics.close();
        eventLoop.close();
      });
      const { messages: retention } = workerSettings(config);
      const { mediaMaxBytes: mostBytes } = config.messages;
      const sends = { stores, bodies, retention, mostBytes, guard, outbound, clock, randomBytes, log };
      const out = await openSending({ ...sends, ring, firstKey: keys[0].key });
      closing.first('sweep of the outboxes', async () => out.end());
      if (role === 'api') await fleet.enter(stores, log);
      else await startWorker(directory, reached, { keys, bodies, proxies, out, metrics });
      closing.first('settings of the fleet', fleet.follow(log));
      const onError = (error: unknown) => log.warn({ err: ensureError(error) }, 'calls of devices');
      const channel = new CallChannel({ ...stores, subscriber: reached.connect('blocking'), onError });
      closing.last('calls of devices', async () => channel.stop());
      await channel.start(worker?.serving());
      const watch = worker?.lostNodes() ?? watchNodes(stores, log);
      closing.first('watch over the nodes', () => watch.stop());
      const webhooks = createWebhooks({
        ...stores,
        connect: reached.connect,
        ring,
        guard,
        outbound,
        payloadOf: (event) => deps.payloadOf(event),
        concurrency: config.webhooks.concurrency,
        clock,
        randomBytes,
        version,
        telemetry: metrics.webhooks,
        onError: (error) => log.warn({ err: ensureError(error) }, 'webhooks'),
        ...overrides.webhooks,
      });
      closing.first('webhooks', () => webhooks.stop(config.shutdownTimeoutMs / 2));
      const secret = tokenSecret(config.auth, () => directory.secret('jwt'));
      const health = createHealthProbes({
        redis: stores.redis,
        pool: worker?.pool ?? null,
        waiting,
        isDeserted: () => watch.isDeserted === true,
        eventLoop,
        capacity: config.node.capacity,
        browser: watchBrowser(config),
        profiles: () => profilesHealth(worker),
        pages: () => worker?.pages(),
        versions: await readVersions(stores.redis, version, build),
      });
      const deps = createApiDeps({
        stores,
        bodies,
        ...out.api,
        devices: new RemoteDevices(channel),
        verifier: serviceVerifier(config.auth, secret, now),
        health,
        metrics,
        lifecycle,
        webhooks: webhooks.administration,
        proxies,
        log,
        waiting,
        maxSessions: () => fleet.limits.maxSessions,
        isSimulated: config.traits.playsPhones,
        metricsToken: config.metricsToken,
        ...http,
        version,
        pages: new URL('dist/pages/', PACKAGE),
        machines: new URL('machines/', PACKAGE),
        now,
        randomBytes,
        createId,
      });
      metrics.showWebhooks(() => webhooks.figures());
      metrics.showFleet({ ...deps, level: (windowMs) => readServiceLevel(deps, undefined, windowMs) });
      if (role !== 'worker') webhooks.start();
      const listener = await listen(role === 'worker' ? createHealthApp(deps) : createApp(deps), http);
      closing.first('http', async () => {
        await leave();
        await listener.close(config.shutdownTimeoutMs / 2);
      });
      lifecycle.serve();
      url = `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${listener.port}`;
      log.info({ url, role, driver: config.driver.name, capacity: config.node.capacity, version }, 'listening');
      if (config.auth.kind === 'generated' && secret !== null && role !== 'worker') {
        const { issuer, audience } = config.auth;
        const { driver, traits } = config;
        greet(await welcome({ secret, url, issuer, audience, driver: driver.name, playsPhones: traits.playsPhones }));
      }
    },
    stop(how = 'at once') {
      if (how === 'at once') announcing.abort();
      return closing.close();
    },
    heal: (error) => worker?.heal(error) === true,
  };
}
