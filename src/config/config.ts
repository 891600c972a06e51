import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { findBrowser } from '#find-executables';

import { ConfigError, parseEnvironment } from './config-error.ts';
import type { Proxy } from '../domain/proxy.ts';
import { DRIVER_TRAITS, type DriverTraits } from '../domain/driver-traits.ts';
import type { Environment } from './environment.ts';
import { defaultCapacity, defaultNodeId, describeHost, type HostResources } from '../host/host-resources.ts';
import type { OutboundPolicy } from '../host/outbound/address-guard.ts';
import { outboundPolicy } from './outbound-policy.ts';
import { storageConfig, type StorageConfig } from './storage-config.ts';

/** The issuer, audience and key by which tokens are verified. */
export type AuthConfig = { readonly issuer: string | null; readonly audience: string | null } & (
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'jwks'; readonly url: string; readonly maxStaleMs: number }
  /** Unset: a secret is generated in the data directory. Never in production. */
  | { readonly kind: 'generated' }
);

export interface BrowserConfig {
  readonly executable: string;
  readonly headless: 'shell' | 'new';
  readonly args: readonly string[];
}

export type DriverConfig =
  | { readonly name: 'simulated' }
  /** No browser only where none is started: `ROLE=api`. */
  | { readonly name: 'whatsapp-web.js'; readonly browser: BrowserConfig | null };

/** Exponential, from `baseMs` to `maxMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** The service's settings, checked and frozen. Durations are in milliseconds, paths absolute. */
export interface Config extends StorageConfig {
  readonly isProduction: boolean;
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly keepAliveTimeoutMs: number;
    readonly corsOrigins: readonly string[];
    /** Requests of one user; 0 is no limit. */
    readonly ratePerMinute: number;
  };
  readonly role: 'all' | 'api' | 'worker';
  readonly nodeId: string;
  /** `null`: in memory where there is room. */
  readonly profileDir: string | null;
  readonly auth: AuthConfig;
  readonly driver: DriverConfig;
  /** What pages go through whose sessions have no proxy of their own. */
  readonly proxy: Proxy | null;
  /** Of that driver. */
  readonly traits: DriverTraits;
  readonly fleet: {
    readonly maxSessions: number;
    readonly maxSessionsPerUser: number;
    readonly userLimitPolicy: 'reject' | 'evict-oldest';
  };
  readonly node: { readonly capacity: number; readonly maxConcurrentLaunches: number };
  readonly session: {
    readonly launchTimeoutMs: number;
    readonly syncTimeoutMs: number;
    readonly qrWindowMs: number;
    readonly probeIntervalMs: number;
    readonly reconnect: Backoff & { readonly maxAttempts: number };
  };
  readonly restart: Backoff & { readonly intensity: number; readonly periodMs: number };
  readonly breaker: { readonly threshold: number; readonly resetMs: number };
  /** The parts of memory and processor in use from which on nothing is launched; 0 is never. */
  readonly pressure: { readonly memory: number; readonly cpu: number };
  /** From which age and size on a browser is renewed when idle; 0 is never. */
  readonly recycle: { readonly afterMs: number; readonly rssMb: number };
  /** What is kept of each session's messages. */
  readonly messages: {
    readonly retentionMs: number;
    readonly logMaxBytes: number;
    readonly outboxMax: number;
    readonly mediaMaxBytes: number;
  };
  /** `outbound`: what URLs that users give may reach. */
  readonly webhooks: { readonly concurrency: number; readonly outbound: OutboundPolicy };
  readonly shutdownTimeoutMs: number;
  /** How long HTTP is served on after `SIGTERM`. */
  readonly lameDuckMs: number;
  /** `controlled`: a test suite turns it; `aheadMs` of the system's at the start. */
  readonly clock: { readonly kind: 'system' } | { readonly kind: 'controlled'; readonly aheadMs: number };
  readonly log: { readonly level: string; readonly format: 'json' | 'pretty' };
  /** `null`: metrics are open to loopback only. */
  readonly metricsToken: string | null;
}

/**
 * Several times what a browser in real use takes, 200 to 400 MB: one that holds this much has most likely leaked, and
 * takes the place of three others.
 */
const DEFAULT_RECYCLE_RSS_MB = 1_500;

/**
 * Adds what the directory's `.env` file says, when there is one, to this process's environment; what is already set
 * stays.
 */
export function readEnvFile(file = '.env'): void {
  if (existsSync(file)) process.loadEnvFile(file);
}

/**
 * Reads the settings out of an environment. Throws a {@link ConfigError} about the first variable whose value is
 * refused.
 * @defaultValue host is the machine this runs on
 */
export function loadConfig(env: NodeJS.ProcessEnv, host: HostResources = describeHost()): Config {
  const given = parseEnvironment(env);
  const isProduction = given.NODE_ENV === 'production';
  const role = given.ROLE ?? 'all';
  const driver = driverConfig(given, role, env);
  const traits = DRIVER_TRAITS[driver.name];
  const auth = authConfig(given, isProduction);
  const storage = storageConfig(given, env);
  if (role !== 'all' && storage.redis.kind === 'embedded') {
    throw new ConfigError(
      'REDIS_URL',
      `must be set with ROLE=${role}: an embedded Redis is reached by its own process alone`,
    );
  }
  const config: Config = {
    ...storage,
    isProduction,
    http: httpConfig(given),
    role,
    nodeId: given.NODE_ID ?? defaultNodeId(host),
    profileDir: given.PROFILE_DIR === undefined ? null : resolve(given.PROFILE_DIR),
    auth,
    driver,
    proxy: given.PROXY_URL ?? null,
    traits,
    fleet: fleetConfig(given),
    node: nodeConfig(given, host, traits),
    session: sessionConfig(given),
    restart: {
      ...backoff('RESTART', given, 30_000, 300_000),
      intensity: given.RESTART_INTENSITY ?? 5,
      periodMs: given.RESTART_PERIOD_MS ?? 3_600_000,
    },
    breaker: { threshold: given.BREAKER_THRESHOLD ?? 5, resetMs: given.BREAKER_RESET_MS ?? 60_000 },
    pressure: pressureThresholds(given, traits),
    recycle: { afterMs: given.RECYCLE_AFTER_MS ?? 86_400_000, rssMb: given.RECYCLE_RSS_MB ?? DEFAULT_RECYCLE_RSS_MB },
    messages: messageConfig(given),
    webhooks: { concurrency: given.WEBHOOK_CONCURRENCY ?? 50, outbound: outboundPolicy(given, isProduction) },
    ...endConfig(given),
    clock: clockConfig(given, isProduction, traits),
    log: { level: given.LOG_LEVEL ?? 'info', format: given.LOG_FORMAT ?? (host.isTerminal ? 'pretty' : 'json') },
    metricsToken: given.METRICS_TOKEN ?? null,
  };
  return deepFreeze(config);
}

/** Behind the lame duck as much time again is left for open requests, and for whatever else ends. */
function endConfig(given: Environment): Pick<Config, 'shutdownTimeoutMs' | 'lameDuckMs'> {
  const shutdownTimeoutMs = given.SHUTDOWN_TIMEOUT_MS ?? 20_000;
  return { shutdownTimeoutMs, lameDuckMs: Math.min(given.LAME_DUCK_MS ?? 5_000, Math.floor(shutdownTimeoutMs / 3)) };
}

function httpConfig(given: Environment): Config['http'] {
  return {
    host: given.HOST ?? '127.0.0.1',
    port: given.PORT ?? 3_000,
    keepAliveTimeoutMs: given.KEEP_ALIVE_TIMEOUT_MS ?? 65_000,
    corsOrigins: given.CORS_ORIGINS ?? [],
    ratePerMinute: given.RATE_LIMIT_PER_MINUTE ?? 600,
  };
}

function messageConfig(given: Environment): Config['messages'] {
  return {
    retentionMs: given.MESSAGE_RETENTION_MS ?? 345_600_000,
    logMaxBytes: given.MESSAGE_LOG_MAX_BYTES ?? 2_097_152,
    outboxMax: given.OUTBOX_MAX ?? 1_000,
    mediaMaxBytes: given.MEDIA_MAX_BYTES ?? 104_857_600,
  };
}

function fleetConfig(given: Environment): Config['fleet'] {
  return {
    maxSessions: given.MAX_SESSIONS ?? 100,
    maxSessionsPerUser: given.MAX_SESSIONS_PER_USER ?? 5,
    userLimitPolicy: given.USER_LIMIT_POLICY ?? 'reject',
  };
}

function sessionConfig(given: Environment): Config['session'] {
  return {
    launchTimeoutMs: given.LAUNCH_TIMEOUT_MS ?? 60_000,
    syncTimeoutMs: given.SYNC_TIMEOUT_MS ?? 120_000,
    qrWindowMs: given.QR_WINDOW_MS ?? 180_000,
    probeIntervalMs: given.PROBE_INTERVAL_MS ?? 30_000,
    reconnect: { ...backoff('RECONNECT', given, 1_000, 60_000), maxAttempts: given.RECONNECT_MAX_ATTEMPTS ?? 5 },
  };
}

function authConfig(given: Environment, isProduction: boolean): AuthConfig {
  const claims = { issuer: given.JWT_ISSUER ?? null, audience: given.JWT_AUDIENCE ?? null };
  if (given.JWT_SECRET !== undefined && given.JWT_JWKS_URL !== undefined) {
    throw new ConfigError(
      'JWT_JWKS_URL',
      'cannot be set together with JWT_SECRET, since tokens come from one of them: unset one',
    );
  }
  if (given.JWT_SECRET !== undefined) return { kind: 'secret', secret: given.JWT_SECRET, ...claims };
  if (given.JWT_JWKS_URL !== undefined) {
    const maxStaleMs = given.JWT_JWKS_MAX_STALE_MS ?? 86_400_000;
    return { kind: 'jwks', url: given.JWT_JWKS_URL, maxStaleMs, ...claims };
  }
  if (isProduction)
    throw new ConfigError('JWT_SECRET', 'or JWT_JWKS_URL must be set in production, where no secret is generated');
  return { kind: 'generated', ...claims };
}

function nodeConfig(given: Environment, host: HostResources, traits: DriverTraits): Config['node'] {
  return {
    capacity: given.NODE_CAPACITY ?? defaultCapacity(host, traits.capacity),
    maxConcurrentLaunches: given.MAX_CONCURRENT_LAUNCHES ?? host.cores,
  };
}

function driverConfig(given: Environment, role: Config['role'], env: NodeJS.ProcessEnv): DriverConfig {
  if (given.DRIVER === 'simulated') return { name: 'simulated' };
  if (role === 'api') return { name: 'whatsapp-web.js', browser: null };
  const executable = findBrowser(env);
  if (executable === null) {
    throw new ConfigError(
      'PUPPETEER_EXECUTABLE_PATH',
      'must be set: no Chromium was found here, and "npm run setup" gets one',
    );
  }
  const byName = basename(executable).includes('headless-shell') ? 'shell' : 'new';
  const headless =
    given.BROWSER_HEADLESS === undefined || given.BROWSER_HEADLESS === 'auto' ? byName : given.BROWSER_HEADLESS;
  return { name: 'whatsapp-web.js', browser: { executable, headless, args: given.BROWSER_ARGS ?? [] } };
}

/** A backoff's two ends. A default gives way to what was given for the other end. */
function backoff(
  name: 'RECONNECT' | 'RESTART',
  given: Environment,
  defaultBaseMs: number,
  defaultMaxMs: number,
): Backoff {
  const base = given[`${name}_BASE_MS`];
  const max = given[`${name}_MAX_MS`];
  const baseMs = base ?? Math.min(defaultBaseMs, max ?? defaultBaseMs);
  const maxMs = max ?? Math.max(defaultMaxMs, baseMs);
  if (baseMs <= maxMs) return { baseMs, maxMs };
  throw new ConfigError(`${name}_MAX_MS`, `must not be less than ${name}_BASE_MS, which is ${baseMs}`, String(maxMs));
}

/** Time may be turned only where nobody is hurt by it. */
function clockConfig(
  { TEST_CLOCK }: Environment,
  isProduction: boolean,
  { playsPhones }: DriverTraits,
): Config['clock'] {
  if (TEST_CLOCK === undefined) return { kind: 'system' };
  if (isProduction) throw new ConfigError('TEST_CLOCK', 'must not be set in production: it is for tests', TEST_CLOCK);
  if (!playsPhones)
    throw new ConfigError(
      'TEST_CLOCK',
      'must not be set without DRIVER=simulated: real phones keep real time',
      TEST_CLOCK,
    );
  return { kind: 'controlled', aheadMs: Number(TEST_CLOCK.split('+')[1] ?? 0) };
}

function pressureThresholds(
  { PRESSURE_MEMORY, PRESSURE_CPU }: Environment,
  { pressure: { memory, cpu } }: DriverTraits,
): Config['pressure'] {
  return { memory: PRESSURE_MEMORY ?? memory, cpu: PRESSURE_CPU ?? cpu };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
    Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
