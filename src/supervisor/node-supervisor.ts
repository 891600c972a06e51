import type { Clock } from '../domain/clock.ts';
import { ensureError } from '../domain/errors.ts';
import { every, type Recurring } from '../domain/every.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { Pressure } from '../domain/node-states.ts';
import type { BrowserMemory, MemorySizes } from '../store/browser-memory.ts';
import type { NodeDrains } from '../store/drains.ts';
import type { EventFeed } from '../store/event-feed.ts';
import { BEAT_MS, type BeatOutcome, type FormerNode, type NodeRegistry } from '../store/nodes.ts';
import type { Claim } from '../store/ownership.ts';
import type { StoredSession } from '../store/session-hash.ts';
import { LaunchControl, type LaunchLimits } from './admission/launch-control.ts';
import { fleetLoad } from './fleet/fleet-load.ts';
import { enterFleet, NodeIdInUseError } from './fleet/fleet-entry.ts';
import { IntentWatcher } from './fleet/intent-watcher.ts';
import { MemoryReport } from './fleet/memory-report.ts';
import { OwnedSessions } from './fleet/owned-sessions.ts';
import { Placement, type MovePace } from './fleet/placement.ts';
import type { Pool, PoolView } from '../observability/pool.ts';
import { BrowserRecycler } from './fleet/browser-recycler.ts';
import type { FleetRecovery } from './fleet/fleet-recovery.ts';
import type { RunnerLog } from './session/runner-parts.ts';
import type { StartRunner } from './session/session-runner.ts';
import type { Telemetry } from '../observability/telemetry.ts';
import type { SessionQueue } from '../queue/session-queue.ts';

export interface NodeSupervisorOptions {
  readonly nodeId: string;
  readonly clock: Clock;
  /** The time that the nodes of a fleet share, for heartbeats and sweeps. @defaultValue `clock` */
  readonly fleetClock?: Clock;
  readonly queue: SessionQueue;
  readonly startRunner: StartRunner;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly claim: (address: SessionAddress, expectedEpoch?: number) => Promise<Claim>;
  readonly launchLimits: LaunchLimits;
  /** From which age (ms) and memory (bytes) on a browser is renewed while it is idle; 0 is never. */
  readonly recycle: { readonly afterMs: number; readonly memoryBytes: number };
  readonly capacity: number;
  readonly recovery: FleetRecovery;
  readonly nodes: NodeRegistry;
  readonly drains: NodeDrains;
  /** Throws where this node is set otherwise than the fleet. */
  readonly agree: () => Promise<void>;
  readonly browserMemory: Pick<BrowserMemory, 'tell'>;
  readonly feed: EventFeed;
  readonly pool: Pool;
  readonly telemetry: Telemetry;
  readonly log: RunnerLog;
  /** How often a node looks for sessions that a lost wake-up or a crash left behind. @defaultValue 5,000 ms */
  readonly sweepMs?: number;
  /** How fast sessions move between nodes. @defaultValue {@link MOVE_PACE} */
  readonly movePace?: Partial<MovePace>;
}

const SWEEP_MS = 5_000;

/** What a node consists of once it has started, each part made of the ones before it. */
interface RunningNode {
  readonly launches: LaunchControl;
  readonly sessions: OwnedSessions;
  readonly intents: IntentWatcher;
  readonly recycler: BrowserRecycler;
  readonly memoryReport: MemoryReport;
  readonly placement: Placement;
  readonly beating: Recurring;
}

/**
 * Runs this node's sessions: takes them from the queue, wakes them when there is a new intent, and gives them back on
 * shutdown.
 */
export class NodeSupervisor {
  readonly #options: NodeSupervisorOptions;
  readonly #stop = new AbortController();
  readonly #fleetClock: Clock;
  readonly #startedAt: number;
  #node: RunningNode | null = null;
  #sweeps = 0;
  #lostItsName = false;

  constructor(options: NodeSupervisorOptions) {
    this.#options = options;
    this.#fleetClock = options.fleetClock ?? options.clock;
    this.#startedAt = this.#fleetClock.now();
  }

  /**
   * Brings back what ran before, the last active first, then takes sessions as they come. `former`: processes that are
   * dead. Throws {@link NodeIdInUseError} when another one lives under this node's name, and what `agree`
   * throws.
   */
  async start(former: readonly FormerNode[]): Promise<void> {
    const { recovery, capacity, queue, nodes, drains, nodeId, agree } = this.#options;
    const deadNodes = await enterFleet(nodes, nodeId, former, () => this.#beat());
    try {
      await agree();
      // Whoever had this name before may have died in the middle of its drain.
      await drains.end(nodeId);
    } catch (error) {
      await nodes.leave(nodeId);
      throw error;
    }
    const beating = every(this.#fleetClock, BEAT_MS, () => this.#beatOn(), {
      onError: (error) => this.#report(error, 'the node could not say that it lives'),
    });
    const restoring = await recovery.restore(deadNodes, queue).catch(async (error: unknown) => {
      await beating.stop();
      throw error;
    });
    this.#beatWhenItMoves();
    const launches = this.#createLaunches(restoring.slice(0, capacity));
    const sessions = this.#createSessions(launches);
    launches.start(sessions);
    const intents = this.#watchIntents(sessions);
    this.#node = {
      launches,
      sessions,
      intents,
      recycler: this.#recycleBrowsers(sessions),
      memoryReport: this.#reportMemory(sessions),
      placement: this.#place(sessions),
      beating,
    };
    queue.start({
      run: (key, lease) => sessions.run(key, lease),
      freed: (key) => {
        sessions.freed(key);
        // There may have been a new intent in the meantime.
        intents.attend(key);
      },
    });
  }

  /** A bug struck a session in a place that no machine sees. Returns `false` when it does not run here. */
  crash(key: string, error: unknown): boolean {
    const runner = this.#node?.sessions.get(key);
    runner?.crash(error, 'an error that nobody caught struck a session');
    return runner !== undefined;
  }

  /** Bytes of each ready browser whose memory can be told, by the key of its session. */
  async browserMemory(): Promise<MemorySizes> {
    return this.#node?.sessions.memory() ?? new Map();
  }

  /** Whether this computer is short of memory or processor: nothing is launched while it is. */
  setPressure(level: Pressure): void {
    this.#node?.launches.setPressure(level);
  }

  /** Gives every session back; resolves when all browsers are dead, at the latest after the shutdown time-out. */
  async drain(): Promise<void> {
    const { queue, nodes, drains, nodeId } = this.#options;
    this.#stop.abort();
    queue.pause();
    if (this.#node !== null) await this.#drainNode(this.#node);
    await Promise.all([nodes.leave(nodeId), drains.end(nodeId)]).catch((error: unknown) =>
      this.#report(error, 'the node could not sign off'),
    );
  }

  async #drainNode({ launches, sessions, intents, beating, ...parts }: RunningNode): Promise<void> {
    const { recycler, memoryReport, placement } = parts;
    const stopped = Promise.all([intents.close(), recycler.stop(), memoryReport.stop(), placement.stop()]);
    await launches.drain();
    await Promise.all(sessions.all().map((runner) => runner.kill()));
    await stopped;
    await beating.stop();
  }

  #createLaunches(restoring: readonly string[]): LaunchControl {
    const { launchLimits: limits, clock, pool, telemetry } = this.#options;
    const onError = (error: unknown) => this.#report(error, 'the machine that grants launches failed');
    return new LaunchControl({ limits, clock, pool, telemetry, onError }, restoring);
  }

  #createSessions(launches: LaunchControl): OwnedSessions {
    const { startRunner, find, claim, queue, log } = this.#options;
    const background = (work: Promise<unknown>) => this.#background(work);
    return new OwnedSessions({
      startRunner,
      find,
      claim,
      clock: this.#fleetClock,
      launches,
      queue,
      stop: this.#stop.signal,
      background,
      log,
    });
  }

  #watchIntents(sessions: OwnedSessions): IntentWatcher {
    const { nodeId, feed, recovery, queue, find, sweepMs = SWEEP_MS } = this.#options;
    return new IntentWatcher({
      nodeId,
      feed,
      recovery,
      queue,
      find,
      clock: this.#fleetClock,
      sessions,
      sweepMs,
      onSweep: () => {
        this.#sweeps += 1;
        return this.#beatOn();
      },
      onError: (error, message) => this.#report(error, message),
    });
  }

  #recycleBrowsers(sessions: OwnedSessions): BrowserRecycler {
    const { clock, telemetry, recycle } = this.#options;
    return new BrowserRecycler({
      clock,
      telemetry,
      ...recycle,
      sessions: () => sessions.all(),
      onError: (error) => this.#report(error, 'the browsers could not be looked at for their renewal'),
    });
  }

  #place(sessions: OwnedSessions): Placement {
    const { clock, feed, find, queue, movePace } = this.#options;
    return new Placement({
      clock: this.#fleetClock,
      sessionClock: clock,
      feed,
      find,
      queue,
      load: () => fleetLoad(this.#options),
      sessions: () => sessions.all(),
      ...(movePace !== undefined && { pace: movePace }),
      onError: (error) => this.#report(error, 'the sessions could not be shared out among the nodes'),
    });
  }

  #reportMemory(sessions: OwnedSessions): MemoryReport {
    const { clock, nodeId, browserMemory } = this.#options;
    return new MemoryReport({
      clock,
      measure: () => sessions.memory(),
      write: (at, sizes) => browserMemory.tell(nodeId, at, sizes),
      onError: (error) => this.#report(error, 'what the browsers hold in memory could not be written'),
    });
  }

  #beat(): Promise<BeatOutcome> {
    const { nodes, nodeId, capacity, pool } = this.#options;
    return nodes.beat({
      nodeId,
      sweeps: this.#sweeps,
      startedAt: this.#startedAt,
      capacity,
      pool: pool.getSnapshot().context,
    });
  }

  /** Another process has taken the name of this one, which was silent for long: it says so once, and beats no more. */
  async #beatOn(): Promise<void> {
    if (this.#lostItsName) return;
    const { kind } = await this.#beat();
    if (kind === 'beats') return;
    this.#lostItsName = true;
    this.#report(new NodeIdInUseError(this.#options.nodeId), 'this node has lost its name to another process');
  }

  /** Whoever watches the fleet sees at once how this node stands; what it carries comes with the next beat. */
  #beatWhenItMoves(): void {
    const { pool } = this.#options;
    const standing = ({ supervisor, breaker, pressure }: PoolView): string => `${supervisor} ${breaker} ${pressure}`;
    let last = standing(pool.getSnapshot().context);
    pool.subscribe(({ context }) => {
      if (standing(context) === last) return;
      last = standing(context);
      this.#beatOn().catch((error: unknown) => this.#report(error, 'how the node stands could not be written'));
    });
  }

  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#report(error, 'work in the background failed');
    });
  }

  #report(error: unknown, message: string): void {
    this.#options.log.error({ err: ensureError(error) }, message);
  }
}
