import type { Clock } from '../domain/clock.ts';
import { ensureError } from '../domain/errors.ts';
import type { Pressure } from '../domain/node-states.ts';
import type { BrowserMemory, MemorySizes } from '../store/browser-memory.ts';
import type { EventFeed } from '../store/event-feed.ts';
import type { NodeRegistry } from '../store/nodes.ts';
import { LaunchControl, type LaunchLimits } from './admission/launch-control.ts';
import { IntentWatcher } from './fleet/intent-watcher.ts';
import { MemoryReport } from './fleet/memory-report.ts';
import { OwnedSessions, type SessionMeans } from './fleet/owned-sessions.ts';
import type { Pool, PoolView } from '../observability/pool.ts';
import { BrowserRecycler } from './fleet/browser-recycler.ts';
import type { FleetRecovery } from './fleet/fleet-recovery.ts';
import type { Telemetry } from '../observability/telemetry.ts';
import type { SessionQueue, WorkResult } from '../queue/session-queue.ts';

export interface NodeSupervisorOptions extends SessionMeans {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly telemetry: Telemetry;
  /** The time that the nodes of a fleet share, for heartbeats (ms since 1970). @defaultValue that of `clock` */
  readonly fleetNow?: () => number;
  readonly launchLimits: LaunchLimits;
  /** From which age (ms) and memory (bytes) on a browser is renewed while it is idle; 0 is never. */
  readonly recycle: { readonly afterMs: number; readonly memoryBytes: number };
  readonly capacity: number;
  readonly roster: FleetRecovery;
  readonly nodes: NodeRegistry;
  readonly browserMemory: Pick<BrowserMemory, 'tell'>;
  readonly feed: EventFeed;
  /**
   * How often a node says that it lives, and looks for sessions that a lost wake-up or a crash left behind.
   * @defaultValue 5,000 ms
   */
  readonly sweepMs?: number;
}

const SWEEP_MS = 5_000;

/**
 * Runs this node's sessions: takes them from the queue, wakes them when something is asked of them, and gives them back
 * on shutdown.
 */
export class NodeSupervisor {
  readonly #options: NodeSupervisorOptions;
  readonly #sessions: OwnedSessions;
  readonly #stop = new AbortController();
  readonly #startedAt: number;
  #queue: SessionQueue | null = null;
  #launches: LaunchControl | null = null;
  #renewal: BrowserRecycler | null = null;
  #memoryReport: MemoryReport | null = null;
  #intentWatcher: IntentWatcher | null = null;

  constructor(options: NodeSupervisorOptions) {
    this.#options = options;
    this.#startedAt = this.#fleetNow();
    this.#sessions = new OwnedSessions(options, {
      launches: () => this.#launches,
      enqueue: async (key) => this.#queue?.enqueue(key),
      attend: (key) => this.#intentWatcher?.attend(key),
      stop: this.#stop.signal,
      background: (work) => this.#background(work),
    });
  }

  /** Brings back what ran before, the last active first, then takes sessions as they come. */
  async start(queue: SessionQueue, deadNodes: readonly string[]): Promise<void> {
    const { roster, capacity } = this.#options;
    this.#queue = queue;
    const restoring = await roster.restore(deadNodes, queue);
    // Behind the restore, which forgets this node as well when it is its own successor: without a heartbeat its
    // sessions would look unowned.
    await this.#beat();
    this.#tellMoves();
    this.#launches = this.#startLaunches(restoring.slice(0, capacity));
    this.#renewal = this.#startRenewal();
    this.#memoryReport = this.#startMemoryReport();
    this.#intentWatcher = this.#startLookout(queue);
    queue.start();
  }

  /** Runs a session for the queue, until it is at rest, handed over, or lost. */
  run(key: string, lost: AbortSignal): Promise<WorkResult> {
    return this.#sessions.run(key, lost);
  }

  /** A job of this session has ended: was something asked in the meantime? */
  freed(key: string): void {
    this.#sessions.freed(key);
  }

  /** A bug struck a session in a place that no machine sees. Returns `false` when it does not run here. */
  crash(key: string, error: unknown): boolean {
    const runner = this.#sessions.get(key);
    runner?.crash(error, 'an error that nobody caught struck a session');
    return runner !== undefined;
  }

  /** Bytes of each ready browser whose memory can be told, by the key of its session. */
  browserMemory(): Promise<MemorySizes> {
    return this.#sessions.memory();
  }

  /** Whether this machine is short of memory or processor: nothing is launched while it is. */
  setPressure(level: Pressure): void {
    this.#launches?.setPressure(level);
  }

  /** Gives every session back; resolves when all browsers are dead, at the latest after the shutdown time-out. */
  async drain(): Promise<void> {
    const sweeping = this.#intentWatcher?.close();
    this.#stop.abort();
    this.#queue?.pause();
    this.#renewal?.stop();
    const untelling = this.#memoryReport?.stop();
    await this.#launches?.drain();
    await Promise.all(this.#sessions.all().map((runner) => runner.kill()));
    await Promise.all([sweeping, untelling]);
    await this.#options.nodes
      .forget(this.#options.nodeId)
      .catch((error: unknown) => this.#report(error, 'the node could not sign off'));
  }

  #startLaunches(restoring: readonly string[]): LaunchControl {
    const { launchLimits: limits, clock, pool, telemetry } = this.#options;
    const runner = (key: string) => this.#sessions.get(key);
    return new LaunchControl(
      {
        limits,
        clock,
        pool,
        telemetry,
        grant: (key) => runner(key)?.grantLaunch() === true,
        restart: (key, delayMs) => runner(key)?.restartIn(delayMs),
        park: (key) => runner(key)?.park(),
        place: (key, place) => runner(key)?.place(place),
        drain: () => this.#sessions.all().forEach((one) => one.drain()),
        onError: (error) => this.#report(error, 'the machine that grants launches failed'),
      },
      restoring,
    );
  }

  #startLookout(queue: SessionQueue): IntentWatcher {
    const { nodeId, feed, roster, find, sweepMs = SWEEP_MS } = this.#options;
    return new IntentWatcher({
      nodeId,
      feed,
      roster,
      find,
      queue,
      sweepMs,
      wake: (key) => {
        const runner = this.#sessions.get(key);
        runner?.wake();
        return runner !== undefined;
      },
      take: (key) => this.#sessions.take(key),
      isPlaced: (key) => this.#sessions.isPlaced(key),
      beat: () => this.#beat(),
      onError: (error, message) => this.#report(error, message),
    });
  }

  #startRenewal(): BrowserRecycler {
    const { clock, telemetry, recycle } = this.#options;
    return new BrowserRecycler({
      clock,
      telemetry,
      ...recycle,
      sessions: () => this.#sessions.all(),
      onError: (error) => this.#report(error, 'browsers could not be looked at for their renewal'),
    });
  }

  #startMemoryReport(): MemoryReport {
    const { clock, nodeId, browserMemory } = this.#options;
    return new MemoryReport({
      clock,
      measure: () => this.browserMemory(),
      tell: (at, sizes) => browserMemory.tell(nodeId, at, sizes),
      onError: (error) => this.#report(error, 'what the browsers hold in memory could not be told'),
    });
  }

  async #beat(): Promise<void> {
    const { nodes, nodeId, capacity, pool } = this.#options;
    await nodes.beat({
      nodeId,
      at: this.#fleetNow(),
      startedAt: this.#startedAt,
      capacity,
      pool: pool.getSnapshot().context,
    });
  }

  /** Whoever watches the fleet sees at once how this node stands; what it carries is told with the next beat. */
  #tellMoves(): void {
    const { pool } = this.#options;
    const standing = ({ supervisor, breaker, pressure }: PoolView): string => `${supervisor} ${breaker} ${pressure}`;
    let told = standing(pool.getSnapshot().context);
    pool.subscribe(({ context }) => {
      if (standing(context) === told) return;
      told = standing(context);
      this.#beat().catch((error: unknown) => this.#report(error, 'how the node stands could not be told'));
    });
  }

  #fleetNow(): number {
    const { clock, fleetNow = () => clock.now() } = this.#options;
    return fleetNow();
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
