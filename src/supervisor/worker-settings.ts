import type { SessionLimits } from '../../machines/session.machine.ts';
import type { Config } from '../config/config.ts';
import type { MessageRetention } from '../store/scripts/append-to-message-log.ts';
import type { LaunchLimits } from './admission/launch-control.ts';
import type { MovePace } from './fleet/placement.ts';
import type { PressureThresholds } from './admission/pressure-gauge.ts';
import type { SealPace } from './credentials/seal-schedule.ts';

/** How a node runs its sessions. */
export interface WorkerSettings {
  /** Sessions that it runs at once. */
  readonly capacity: number;
  readonly session: SessionLimits;
  readonly launches: LaunchLimits;
  /** From which age (ms) and memory (bytes) on a browser is renewed while it is idle; 0 is never. */
  readonly recycle: { readonly afterMs: number; readonly memoryBytes: number };
  /** The parts of memory and processor in use from which on nothing is launched; 0 is never. */
  readonly pressure: PressureThresholds;
  readonly probeIntervalMs: number;
  /** How long a browser may take to close by itself before its process group is killed (ms). */
  readonly closeGraceMs: number;
  readonly sealPace: SealPace;
  /** What the log of each session's messages keeps. */
  readonly messages: MessageRetention;
  /** How often it says that it lives, and looks for what a lost wake-up left behind. @defaultValue 5,000 ms */
  readonly sweepMs?: number | undefined;
  /** How fast sessions move between nodes. @defaultValue {@link MOVE_PACE} */
  readonly movePace?: Partial<MovePace> | undefined;
  /**
   * How long a lease holds, and how often jobs are looked for whose lease is over. @defaultValue 12,000 and 2,000 ms
   */
  readonly failover?: { readonly lockMs: number; readonly stalledCheckMs: number } | undefined;
}

const CLOSE_GRACE_MS = 5_000;
/** How long a planned end waits for a message that was just handed over. */
const IN_THE_AIR_MS = 20_000;

/**
 * How long a login that was opened elsewhere is left there, in first backoffs. The other one is mostly our own kind, in
 * the middle of a move between machines.
 */
const HOLD_IN_BACKOFFS = 10;

/**
 * A login is sealed as soon as it is on the disk, and then every two minutes while it changes: WhatsApp Web changes it
 * with each message.
 */
const SEAL_PACE: SealPace = { flushLookMs: 500, betweenMs: 120_000, retryMs: 10_000, deadlineMs: 60_000 };

/** The session machine's deadlines: the configured ones, and those that nobody has a reason to change. */
function sessionLimits({ session }: Config): SessionLimits {
  return {
    launchTimeoutMs: session.launchTimeoutMs,
    syncTimeoutMs: session.syncTimeoutMs,
    qrWindowMs: session.qrWindowMs,
    reconnectBaseMs: session.reconnect.baseMs,
    reconnectMaxMs: session.reconnect.maxMs,
    reconnectMaxAttempts: session.reconnect.maxAttempts,
    conflictHoldMs: Math.min(session.reconnect.maxMs, HOLD_IN_BACKOFFS * session.reconnect.baseMs),
    // Longer than the grace, since killing takes a moment as well.
    closeTimeoutMs: IN_THE_AIR_MS + 3 * CLOSE_GRACE_MS,
    unlinkTimeoutMs: 10_000,
    reachTimeoutMs: 15_000,
    eraseTimeoutMs: 15_000,
    verdictTimeoutMs: 5_000,
    stableAfterMs: 300_000,
    missedProbes: 3,
  };
}

/** Kept back from the time to shut down, for what comes after the browsers: Redis, mostly (ms). */
const AFTER_BROWSERS_MS = 4_000;

function launchLimits({ node, restart, breaker, shutdownTimeoutMs }: Config): LaunchLimits {
  return {
    maxConcurrentLaunches: node.maxConcurrentLaunches,
    restoreTimeoutMs: 5_000,
    shutdownTimeoutMs: Math.max(1_000, shutdownTimeoutMs - AFTER_BROWSERS_MS),
    restartBaseMs: restart.baseMs,
    restartMaxMs: restart.maxMs,
    restartIntensity: restart.intensity,
    restartPeriodMs: restart.periodMs,
    ...breaker,
  };
}

/** Entries of a session's log. */
const LOGGED = 10_000;
/** Where nothing is kept: how long streams have to deliver what just came. */
const IN_PASSING_MS = 60_000;

function messageRetention({ messages }: Config): MessageRetention {
  return { ms: messages.retentionMs || IN_PASSING_MS, bytes: messages.logMaxBytes, count: LOGGED };
}

/** The configured settings, and those that nobody has a reason to change. */
export function workerSettings(config: Config): WorkerSettings {
  return {
    capacity: config.node.capacity,
    session: sessionLimits(config),
    launches: launchLimits(config),
    recycle: { afterMs: config.recycle.afterMs, memoryBytes: config.recycle.rssMb * 2 ** 20 },
    pressure: config.pressure,
    probeIntervalMs: config.session.probeIntervalMs,
    closeGraceMs: CLOSE_GRACE_MS,
    sealPace: SEAL_PACE,
    messages: messageRetention(config),
  };
}
