import { setTimeout as sleep } from 'node:timers/promises';

import type { SessionLimits } from '../../machines/session.machine.ts';
import type { Clock } from '../domain/clock.ts';
import { ensureError } from '../domain/errors.ts';
import type { Pressure } from '../domain/node-states.ts';
import { parseSessionKey, type SessionAddress } from '../domain/session.ts';
import type { BrowserMemory, MemorySizes } from '../store/browser-memory.ts';
import type { EventFeed } from '../store/event-feed.ts';
import type { NodeRegistry } from '../store/nodes.ts';
import type { Claim } from '../store/ownership.ts';
import type { StoredSession } from '../store/session-hash.ts';
import type { WhatsAppDriver } from '../whatsapp/driver.ts';
import { onBehalfOf } from './attribution.ts';
import { LaunchControl, type LaunchLimits } from './launch-control.ts';
import type { LoginVault } from './login-custody.ts';
import { Lookout } from './lookout.ts';
import { MemoryReport } from './memory-report.ts';
import type { Pool, PoolView } from './pool.ts';
import { Renewal } from './renewal.ts';
import type { Roster } from './roster.ts';
import { SessionRunner, type Outcome, type RunnerLog, type RunnerOptions } from './session-runner.ts';
import type { SessionQueue, WorkResult } from './session-queue.ts';
import type { SealPace } from './seal-schedule.ts';
import { SessionTally } from './session-tally.ts';
import type { Telemetry } from './telemetry.ts';

export interface NodeSupervisorOptions {
  readonly nodeId: string;
  readonly driver: WhatsAppDriver;
  readonly clock: Clock;
  /** The time that the nodes of a fleet share, for heartbeats (ms since 1970). @defaultValue that of `clock` */
  readonly fleetNow?: () => number;
  readonly sessionLimits: SessionLimits;
  readonly launchLimits: LaunchLimits;
  /** From which age (ms) and memory (bytes) on a browser is renewed while it is idle; 0 is never. */
  readonly recycle: { readonly afterMs: number; readonly memoryBytes: number };
  readonly capacity: number;
  readonly probeIntervalMs: number;
  readonly closeGraceMs: number;
  /** Where the profile of a session lies. */
  readonly profileDirOf: (key: string) => string;
  /** Where logins are sealed, and how often. */
  readonly vault: LoginVault;
  readonly sealPace: SealPace;
  /** 32 random bits. */
  readonly createSeed: () => number;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly claim: (address: SessionAddress, expectedEpoch?: number) => Promise<Claim>;
  readonly roster: Roster;
  readonly nodes: NodeRegistry;
  readonly browserMemory: Pick<BrowserMemory, 'tell'>;
  readonly feed: EventFeed;
  readonly pool: Pool;
  readonly telemetry: Telemetry;
  readonly log: RunnerLog;
  /** How often a node says that it lives, and looks for sessions that a lost wake-up or a crash left behind. @defaultValue 5,000 ms */
  readonly sweepMs?: number;
}

/** Browsers whose memory is read at once: they share one look at the machine's processes, and hold up nobody for long. */
const MEASURED_AT_ONCE = 8;
const SWEEP_MS = 5_000;
const OWNERSHIP_CHECK_MS = 2_000;

/**
 * Runs this node's sessions: takes them from the queue, wakes them when something is asked of them, and gives them back on shutdown.
 */
export class NodeSupervisor {
  readonly #options: NodeSupervisorOptions;
  readonly #runners = new Map<string, SessionRunner>();
  readonly #starting = new Map<string, Promise<SessionRunner | null>>();
  /** Sessions whose job this node holds. The others were taken without one, to give up their login. */
  readonly #placed = new Set<string>();
  /** Sessions that want to launch but have no job yet: without one, another node would be given it and launch as well. */
  readonly #unplaced = new Set<string>();
  readonly #stop = new AbortController();
  readonly #startedAt: number;
  #queue: SessionQueue | null = null;
  #launches: LaunchControl | null = null;
  #renewal: Renewal | null = null;
  #memoryReport: MemoryReport | null = null;
  #lookout: Lookout | null = null;

  constructor(options: NodeSupervisorOptions) {
    this.#options = options;
    this.#startedAt = this.#fleetNow();
  }

  /** Brings back what ran before, the last active first, then takes sessions as they come. */
  async start(queue: SessionQueue, deadNodes: readonly string[]): Promise<void> {
    const { roster, capacity } = this.#options;
    this.#queue = queue;
    const restoring = await roster.restore(deadNodes, queue);
    // Behind the restore, which forgets this node as well when it is its own successor: without a heartbeat its sessions would look unowned.
    await this.#beat();
    this.#tellMoves();
    this.#launches = this.#startLaunches(restoring.slice(0, capacity));
    this.#renewal = this.#startRenewal();
    this.#memoryReport = this.#startMemoryReport();
    this.#lookout = this.#startLookout(queue);
    queue.start();
  }

  /** Runs a session for the queue, until it is at rest, handed over, or lost. */
  async run(key: string, lost: AbortSignal): Promise<WorkResult> {
    let outcome: Outcome | 'lost' = 'anew';
    try {
      // Who takes the session up again does so in the same place: without one, another node would be given it and launch as well.
      while (outcome === 'anew') outcome = await this.#runPlaced(key, lost);
    } finally {
      if (outcome !== 'lost') this.#placed.delete(key);
    }
    if (outcome === 'lost') return 'lost';
    return outcome === 'drained' ? 'handed_over' : 'done';
  }

  /** One run of a session whose job this node holds. */
  async #runPlaced(key: string, lost: AbortSignal): Promise<Outcome | 'lost'> {
    // Taken in the moment in which the worker was paused.
    if (this.#stop.signal.aborted && !this.#runners.has(key)) return 'drained';
    this.#placed.add(key);
    const runner = (await this.#adopt(key)) ?? (await this.#take(key));
    if (runner === null) return 'released';
    // A former run that ended just now has given the place up.
    this.#placed.add(key);
    if (this.#unplaced.delete(key)) this.#requestLaunch(key);
    const outcome = await Promise.race([runner.done, whenAborted(lost)]);
    if (outcome === 'lost') this.#watchOwnership(key);
    return outcome;
  }

  /** A job of this session has ended: was something asked in the meantime? */
  freed(key: string): void {
    if (this.#unplaced.has(key)) this.#requestLaunch(key);
    this.#lookout?.attend(key);
  }

  /** A bug struck a session in a place that no machine sees. Returns `false` when it does not run here. */
  crash(key: string, error: unknown): boolean {
    const runner = this.#runners.get(key);
    runner?.crash(error, 'an error that nobody caught struck a session');
    return runner !== undefined;
  }

  /** Whether this machine is short of memory or processor: nothing is launched while it is. */
  setPressure(level: Pressure): void {
    this.#launches?.setPressure(level);
  }

  /** Bytes of each ready browser whose memory can be told, by the key of its session. */
  async browserMemory(): Promise<MemorySizes> {
    const sizes = new Map<string, number>();
    const runners = [...this.#runners.values()];
    for (let from = 0; from < runners.length && !this.#stop.signal.aborted; from += MEASURED_AT_ONCE) {
      const some = runners.slice(from, from + MEASURED_AT_ONCE).map(async (runner) => {
        const size = (await runner.agingBrowser()?.memory()) ?? null;
        if (size !== null) sizes.set(runner.key, size);
      });
      await Promise.all(some);
    }
    return sizes;
  }

  /** Gives every session back; resolves when all browsers are dead, at the latest after the shutdown time-out. */
  async drain(): Promise<void> {
    const sweeping = this.#lookout?.close();
    this.#stop.abort();
    this.#queue?.pause();
    this.#renewal?.stop();
    const untelling = this.#memoryReport?.stop();
    await this.#launches?.drain();
    await Promise.all([...this.#runners.values()].map((runner) => runner.kill()));
    await Promise.all([sweeping, untelling]);
    await this.#options.nodes.forget(this.#options.nodeId).catch((error: unknown) => this.#report(error, 'the node could not sign off'));
  }

  #startLaunches(restoring: readonly string[]): LaunchControl {
    const { launchLimits: limits, clock, pool, telemetry } = this.#options;
    const runner = (key: string) => this.#runners.get(key);
    return new LaunchControl(
      {
        ...{ limits, clock, pool, telemetry },
        grant: (key) => runner(key)?.grantLaunch() === true,
        restart: (key, delayMs) => runner(key)?.restartIn(delayMs),
        park: (key) => runner(key)?.park(),
        place: (key, place) => runner(key)?.place(place),
        drain: () => this.#runners.forEach((one) => one.drain()),
        onError: (error) => this.#report(error, 'the machine that grants launches failed'),
      },
      restoring,
    );
  }

  #startLookout(queue: SessionQueue): Lookout {
    const { nodeId, feed, roster, find, sweepMs = SWEEP_MS } = this.#options;
    return new Lookout({
      ...{ nodeId, feed, roster, find, queue, sweepMs },
      wake: (key) => {
        const runner = this.#runners.get(key);
        runner?.wake();
        return runner !== undefined;
      },
      take: (key) => this.#take(key),
      isPlaced: (key) => this.#placed.has(key),
      beat: () => this.#beat(),
      onError: (error, message) => this.#report(error, message),
    });
  }

  #startRenewal(): Renewal {
    const { clock, telemetry, recycle } = this.#options;
    return new Renewal({
      ...{ clock, telemetry, ...recycle },
      sessions: () => this.#runners.values(),
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

  /** The runner that is here already, when nobody else had the session since: Redis was away, its browser lives on. */
  async #adopt(key: string): Promise<SessionRunner | null> {
    const runner = this.#runners.get(key);
    if (runner === undefined) return null;
    const claim = await this.#options.claim(runner.address, runner.epoch);
    if (claim.kind === 'adopted') {
      runner.wake();
      return runner;
    }
    await runner.supersede();
    return null;
  }

  /** Claims a session and runs it. `null` when there is no such session. Two calls at once share one runner. */
  #take(key: string): Promise<SessionRunner | null> {
    const running = this.#runners.get(key);
    if (running !== undefined) return Promise.resolve(running);
    const starting = this.#starting.get(key) ?? this.#claimAndRun(key).finally(() => this.#starting.delete(key));
    this.#starting.set(key, starting);
    return starting;
  }

  async #claimAndRun(key: string): Promise<SessionRunner | null> {
    const { clock, driver, sessionLimits, probeIntervalMs, closeGraceMs, profileDirOf, vault, sealPace, createSeed, find, pool, telemetry, log } = this.#options;
    const address = parseSessionKey(key);
    const claim = await this.#options.claim(address);
    if (!('ownership' in claim)) return null;
    this.#launches?.claimed(key);
    const tally = new SessionTally({ pool, telemetry, clock });
    const options: RunnerOptions = {
      ...{ driver, clock, limits: sessionLimits, probeIntervalMs, closeGraceMs, vault, sealPace, find, log },
      profileDir: profileDirOf(key),
      seed: createSeed(),
      onMove: (from, to, event) => tally.moved(from, to, event),
      onLost: (cause) => telemetry.lost(cause),
      desk: {
        requestLaunch: () => this.#requestLaunch(key),
        withdrawLaunch: () => {
          this.#unplaced.delete(key);
          this.#launches?.withdraw(key);
        },
        settleLaunch: (outcome) => this.#launches?.settle(key, outcome),
        requestVerdict: () => this.#launches?.judge(key),
      },
    };
    const runner = onBehalfOf(key, () => new SessionRunner(address, claim, options));
    this.#runners.set(key, runner);
    if (this.#stop.signal.aborted) runner.drain();
    this.#background(runner.done.then((outcome) => this.#forget(runner, outcome)));
    return runner;
  }

  /** Passes on that a session wants to launch; one that has no job yet is put in line first, and launches where its job leads. */
  #requestLaunch(key: string): void {
    if (this.#placed.has(key)) return this.#launches?.request(key);
    // Told in the middle of the session's transition, which may be its first.
    if (!this.#unplaced.has(key)) queueMicrotask(() => this.#watchOwnership(key));
    this.#unplaced.add(key);
    if (this.#queue !== null && !this.#stop.signal.aborted) this.#background(this.#queue.enqueue(key));
  }

  #forget(runner: SessionRunner, outcome: Outcome): void {
    const { log } = this.#options;
    if (this.#runners.get(runner.key) === runner) for (const held of [this.#runners, this.#placed, this.#unplaced]) held.delete(runner.key);
    this.#launches?.released(runner.key);
    log.info({ sessionId: runner.address.id, userId: runner.address.userId, outcome, epoch: runner.epoch }, 'session let go');
    // Nobody else looks after it: what it is to be is still to be done, and said.
    if (outcome === 'anew' && !this.#stop.signal.aborted) this.#background(this.#take(runner.key));
  }

  /** No job is held here: keep the session until it is adopted again, or somebody newer has it. */
  #watchOwnership(key: string): void {
    const runner = this.#runners.get(key);
    if (runner === undefined) return;
    const watch = async () => {
      while (this.#runners.get(key) === runner && !this.#stop.signal.aborted) {
        await sleep(OWNERSHIP_CHECK_MS, undefined, { signal: this.#stop.signal });
        const stored = await this.#options.find(runner.address).catch(() => undefined);
        if (stored === null || (stored !== undefined && stored.wanted.epoch !== runner.epoch)) return runner.supersede();
      }
    };
    this.#background(watch());
  }

  async #beat(): Promise<void> {
    const { nodes, nodeId, capacity, pool } = this.#options;
    await nodes.beat({ nodeId, at: this.#fleetNow(), startedAt: this.#startedAt, capacity, pool: pool.getSnapshot().context });
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

function whenAborted(signal: AbortSignal): Promise<'lost'> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('lost');
    signal.addEventListener('abort', () => resolve('lost'), { once: true });
  });
}
