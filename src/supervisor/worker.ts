import { createHash } from 'node:crypto';
import { join } from 'node:path';

import type { Redis } from 'ioredis';

import { systemClock, type Clock } from '../domain/clock.ts';
import type { PageCounts } from '../domain/message.ts';
import { ensureError } from '../domain/errors.ts';
import type { SessionAddress } from '../domain/session.ts';
import { createInboxes } from '../messaging/create-inbox.ts';
import { ReadyDevices } from '../messaging/ready-devices.ts';
import { createSessionMessaging } from '../messaging/session-messaging.ts';
import type { SealedBodies } from '../messaging/sealed-bodies.ts';
import { watchHostLoad } from '../host/host-load.ts';
import { ProfileSpace, type LookAtSpace } from '../host/profile-space.ts';
import { SessionQueue } from '../queue/session-queue.ts';
import type { ServingNode } from '../store/call-channel.ts';
import type { ConnectionUse } from '../store/connection.ts';
import { MessageLog } from '../store/message-log.ts';
import type { FormerNode } from '../store/nodes.ts';
import type { Stores } from '../store/stores.ts';
import type { WhatsAppDriver } from '../whatsapp/device.ts';
import type { MessageCounts } from '../observability/message-metrics.ts';
import { createPool, type Pool } from '../observability/pool.ts';
import { PressureWatch } from './admission/pressure.ts';
import { createCredentialKeeper, type CredentialVault } from './credentials/credential-keeper.ts';
import { tendProfiles } from './credentials/tend-profiles.ts';
import { LaunchHolds } from './admission/launch-holds.ts';
import { watchNodes, type LostNodes } from './fleet/lost-nodes.ts';
import { FleetRecovery } from './fleet/fleet-recovery.ts';
import { NodeSupervisor } from './node-supervisor.ts';
import { sessionBehind } from './session/attribution.ts';
import type { EffectsParts } from './session/effects-parts.ts';
import { createSessionEffects } from './session/session-effects.ts';
import type { RunnerLog } from './session/runner-parts.ts';
import { createSessionRunner } from './session/session-runner.ts';
import { createOutboxes } from '../messaging/create-outbox.ts';
import type { MediaStager } from '../messaging/media-stager.ts';
import { followOutboxBells } from '../messaging/outbox-bells.ts';
import type { OutboxCounts } from '../domain/outbox-counts.ts';
import type { ProfilePlace } from '../observability/profiles-health.ts';
import type { Telemetry } from '../observability/telemetry.ts';
import type { WorkerSettings } from './worker-settings.ts';

interface WorkerLog extends RunnerLog {
  warn(fields: object, message: string): void;
}

interface WorkerOptions {
  readonly nodeId: string;
  readonly settings: WorkerSettings;
  readonly stores: Stores;
  /** Throws where this node is set otherwise than the fleet. */
  readonly agree: () => Promise<void>;
  /** Opens a connection of its own at each call. */
  readonly connect: (use: ConnectionUse) => Redis;
  /** Ended by its owner, once the worker has stopped. */
  readonly driver: WhatsAppDriver;
  /** What a session's page goes through. */
  readonly proxyOf: EffectsParts['proxyOf'];
  readonly vault: CredentialVault;
  /** Seals what messages say. */
  readonly bodies: SealedBodies;
  readonly outboxCounts: OutboxCounts;
  readonly stager: MediaStager;
  readonly messageCounts: MessageCounts;
  /** Where live profiles lie. */
  readonly profileRoot: string;
  /** What asks how much room is there. @defaultValue the kernel */
  readonly lookAtSpace?: LookAtSpace;
  /** The clock of the sessions. The fleet keeps the system's time. */
  readonly clock: Clock;
  /** By which the leases are counted. @defaultValue the monotonic one */
  readonly leaseClock?: Clock;
  readonly randomBytes: (count: number) => Buffer;
  readonly telemetry: Telemetry;
  readonly log: WorkerLog;
  /** Hears of each fault of the queue's connections. */
  readonly onRedisError: (error: Error) => void;
}

/** The part of a process that runs sessions. */
export interface Worker {
  readonly pool: Pool;
  readonly supervisor: NodeSupervisor;
  readonly queue: SessionQueue;
  /** Answers what API processes ask of its devices. */
  serving(): ServingNode;
  /** What the pages of its ready sessions can be used for. */
  pages(): PageCounts;
  /** The place of its live profiles; `null` where it cannot be told. */
  profiles(): Promise<ProfilePlace | null>;
  /** Brings back what ran before, then takes sessions. `former`: processes that are dead whatever their heartbeats say. */
  start(former: readonly FormerNode[]): Promise<void>;
  /** Looks who of the fleet lives; `null` before the start. */
  lostNodes(): LostNodes | null;
  /** Gives every session back. Resolves when all browsers are dead and the queue is closed. */
  stop(): Promise<void>;
  /** Takes an error that nobody caught, on behalf of the session it struck; `false` when it is no session's here. */
  heal(error: Error): boolean;
}

/** Where the profile of a session lies: its name says nothing of whose it is. */
export function profileDirIn(profileRoot: string, key: string): string {
  return join(profileRoot, createHash('sha256').update(key).digest('hex').slice(0, 32));
}

const PLACE_IS_SHORT =
  'the place of the profiles is nearly full: nothing is launched, and what pages store may be lost';

/** Puts together what runs sessions on this node. Nothing runs before its `start`. */
export function createWorker(options: WorkerOptions): Worker {
  const { nodeId, settings, stores, connect, driver, vault, bodies, profileRoot, clock, leaseClock } = options;
  const { randomBytes, telemetry, log } = options;
  const { redis, keys, nodes, feed, browserMemory } = stores;
  const { capacity, failover, sweepMs } = settings;
  const pool = createPool();
  const find = (address: SessionAddress) => stores.sessions.find(address);
  const claim = (address: SessionAddress, expectedEpoch?: number) => stores.claim(address, nodeId, expectedEpoch);
  const credentialsOf = (key: string) => driver.credentials(profileDirIn(profileRoot, key));
  const { session: limits, closeGraceMs, probeIntervalMs, sealPace: pace } = settings;
  const outboxes = createOutboxes({
    redis,
    keys,
    clock,
    store: stores.messages,
    bodies,
    retention: settings.messages,
    counts: options.outboxCounts,
    randomBytes,
    stager: options.stager,
  });
  const devices = new ReadyDevices((bytes) => options.messageCounts.mediaBytes('in', bytes));
  const notStoring = new Set<string>();
  const holds = new LaunchHolds((level) => supervisor.setPressure(level));
  const space = new ProfileSpace({
    directory: profileRoot,
    clock,
    onChange: ({ isShort, freeBytes, totalBytes }) => {
      log.warn({ freeBytes, totalBytes }, isShort ? PLACE_IS_SHORT : 'the profiles have room again');
      holds.set('storage', isShort);
    },
    ...(options.lookAtSpace !== undefined && { look: options.lookAtSpace }),
  });
  const createEffects = createSessionEffects({
    driver,
    proxyOf: options.proxyOf,
    clock,
    credentialsOf,
    createKeeper: createCredentialKeeper({ vault, clock, credentialsOf, pace }),
    createMessaging: createSessionMessaging({
      devices,
      createOutbox: outboxes.create,
      createInbox: createInboxes({
        clock,
        bodies,
        log: new MessageLog({
          redis,
          keys,
          onError: (error) => log.warn({ err: ensureError(error) }, 'an entry of a message log cannot be read'),
        }),
        retention: settings.messages,
        counts: options.messageCounts,
      }),
    }),
    probeIntervalMs,
    closeGraceMs,
    unlinkTimeoutMs: limits.unlinkTimeoutMs,
    pairTimeoutMs: limits.launchTimeoutMs,
    telemetry,
    log,
    storage: { isPlaceShort: () => space.reading?.isShort === true, notStoring },
  });
  const createSeed = () => randomBytes(4).readInt32LE();
  const startRunner = createSessionRunner({ clock, limits, find, pool, log, telemetry, createSeed, createEffects });
  const queue = new SessionQueue({
    redis,
    blocking: connect('blocking'),
    prefix: keys.prefix,
    capacity,
    ...(failover !== undefined && { failover }),
    ...(leaseClock !== undefined && { leaseClock }),
    onError: options.onRedisError,
  });
  const supervisor = new NodeSupervisor({
    nodeId,
    queue,
    startRunner,
    recovery: new FleetRecovery({
      redis,
      keys,
      nodes,
      find,
      claim,
      onError: (err, session) => log.error({ err, session }, 'a session could not be looked at, and is left alone'),
    }),
    nodes,
    drains: stores.drains,
    agree: options.agree,
    browserMemory,
    feed,
    pool,
    log,
    find,
    claim,
    telemetry,
    clock,
    fleetClock: systemClock,
    launchLimits: settings.launches,
    recycle: settings.recycle,
    capacity,
    ...(sweepMs !== undefined && { sweepMs }),
    ...(settings.movePace !== undefined && { movePace: settings.movePace }),
  });
  const attendants: (() => void)[] = [];
  let endBells = async (): Promise<void> => undefined;
  let lostNodes: LostNodes | null = null;

  return {
    pool,
    supervisor,
    queue,
    serving: () => ({ id: nodeId, serve: (call, signal) => devices.serve(call, signal) }),
    pages: () => devices.pages(),
    profiles: async () => {
      const reading = await space.present();
      return reading && { ...reading, usedBytes: await space.usage(), notStoring: notStoring.size };
    },
    async start(former) {
      attendants.push(
        await tendProfiles({
          root: profileRoot,
          vault,
          driver,
          now: () => systemClock.now(),
          onError: (err) => log.warn({ err }, 'a profile that is of no use any more could not be removed'),
        }),
      );
      endBells = await followOutboxBells({
        redis,
        blocking: connect('blocking'),
        keys,
        ring: (key, what) => outboxes.ring(key, what),
        onError: (error) => log.warn({ err: ensureError(error) }, 'outbox bells'),
      });
      await supervisor.start(former);
      attendants.push(() => space.stop(), watchPressure(settings.pressure, holds, log));
      space.start();
      lostNodes = watchNodes(stores, log);
    },
    lostNodes: () => lostNodes,
    async stop() {
      for (const end of attendants.splice(0)) end();
      await lostNodes?.stop();
      await supervisor.drain();
      await endBells();
      await queue.close();
    },
    heal(error) {
      const key = sessionBehind();
      return key !== undefined && supervisor.crash(key, ensureError(error));
    },
  };
}

/** Holds launches back while this computer is short of memory or processor. Returns how to end that. */
function watchPressure(marks: WorkerSettings['pressure'], holds: LaunchHolds, log: WorkerLog): () => void {
  if (marks.memory === 0 && marks.cpu === 0) return () => undefined;
  const watch = new PressureWatch({
    clock: systemClock,
    marks,
    readLoad: watchHostLoad(),
    onChange: (level, { short, load }) => {
      log.warn(
        { level, short, load },
        level === 'high' ? 'memory or processor are short: nothing is launched' : 'launches go on',
      );
      holds.set('load', level === 'high');
    },
  });
  return () => watch.stop();
}
