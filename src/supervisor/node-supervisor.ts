import { setTimeout as sleep } from 'node:timers/promises';

import { createActor, type Actor } from 'xstate';

import type { SessionLimits } from '../../machines/session.machine.ts';
import { supervisorMachine, type SupervisorLimits } from '../../machines/supervisor.machine.ts';
import type { Clock } from '../domain/clock.ts';
import { ensureError } from '../domain/errors.ts';
import type { FeedEvent } from '../domain/events.ts';
import { parseSessionKey, sessionKey, type SessionAddress } from '../domain/session.ts';
import type { EventFeed } from '../store/event-feed.ts';
import type { NodeRegistry } from '../store/nodes.ts';
import type { Claim } from '../store/ownership.ts';
import type { StoredSession } from '../store/session-hash.ts';
import type { WhatsAppDriver } from '../whatsapp/driver.ts';
import type { Pool } from './pool.ts';
import type { Roster } from './roster.ts';
import { SessionRunner, type Outcome, type RunnerLog } from './session-runner.ts';
import type { SessionQueue, WorkResult } from './session-queue.ts';

export interface NodeSupervisorOptions {
  readonly nodeId: string;
  readonly driver: WhatsAppDriver;
  readonly clock: Clock;
  readonly sessionLimits: SessionLimits;
  readonly supervisorLimits: SupervisorLimits;
  readonly capacity: number;
  readonly probeIntervalMs: number;
  readonly closeGraceMs: number;
  /** Where the profile of a session lies. */
  readonly profileDirOf: (key: string) => string;
  /** 32 random bits. */
  readonly createSeed: () => number;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly claim: (address: SessionAddress, expectedEpoch?: number) => Promise<Claim>;
  readonly roster: Roster;
  readonly nodes: NodeRegistry;
  readonly feed: EventFeed;
  readonly pool: Pool;
  readonly log: RunnerLog;
  /** How often a node says that it lives, and looks for sessions that a lost wake-up or a crash left behind. @defaultValue 5,000 ms */
  readonly sweepMs?: number;
}

const SWEEP_MS = 5_000;
const OWNERSHIP_CHECK_MS = 2_000;

/**
 * Runs this node's sessions: takes them from the queue, wakes them when something is asked of them, grants launches as the supervisor machine
 * decides, and gives them back on shutdown.
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
  #machine: Actor<typeof supervisorMachine> | null = null;
  #unlisten: () => void = () => undefined;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(options: NodeSupervisorOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /** Brings back what ran before, the last active first, then takes sessions as they come. */
  async start(queue: SessionQueue, deadNodes: readonly string[]): Promise<void> {
    const { roster, feed, supervisorLimits, capacity } = this.#options;
    this.#queue = queue;
    await this.#beat();
    const restoring = await roster.restore(deadNodes, queue);
    this.#machine = this.#startMachine(restoring.slice(0, capacity), supervisorLimits);
    this.#unlisten = feed.listen((event) => this.#hear(event));
    queue.start();
    this.#sweeping = this.#sweepForEver();
  }

  /** Runs a session for the queue, until it is at rest, handed over, or lost. */
  async run(key: string, lost: AbortSignal): Promise<WorkResult> {
    // Taken in the moment in which the worker was paused.
    if (this.#stop.signal.aborted && !this.#runners.has(key)) return 'handed_over';
    let outcome: Outcome | 'lost' = 'released';
    try {
      this.#placed.add(key);
      const runner = (await this.#adopt(key)) ?? (await this.#take(key));
      if (runner !== null) {
        // A former run that ended just now has given the place up.
        this.#placed.add(key);
        if (this.#unplaced.delete(key)) this.#requestLaunch(key);
        outcome = await Promise.race([runner.done, whenAborted(lost)]);
      }
      if (outcome === 'lost') this.#watchOwnership(key);
    } finally {
      if (outcome !== 'lost') this.#placed.delete(key);
    }
    if (outcome === 'lost') return 'lost';
    return outcome === 'drained' ? 'handed_over' : 'done';
  }

  /** A job of this session has ended: was something asked in the meantime? */
  freed(key: string): void {
    if (this.#unplaced.has(key)) this.#requestLaunch(key);
    this.#attend(key);
  }

  /** Gives every session back; resolves when all browsers are dead, at the latest after the shutdown time-out. */
  async drain(): Promise<void> {
    this.#unlisten();
    this.#stop.abort();
    this.#queue?.pause();
    const machine = this.#machine;
    if (machine !== null) {
      const drained = new Promise<void>((resolve) => {
        machine.subscribe({ complete: resolve, error: () => resolve() });
      });
      machine.send({ type: 'node.drain' });
      await drained;
      machine.stop();
    }
    await Promise.all([...this.#runners.values()].map((runner) => runner.kill()));
    await this.#sweeping;
    await this.#options.nodes.forget(this.#options.nodeId).catch((error: unknown) => this.#report(error, 'the node could not sign off'));
  }

  #startMachine(restoring: readonly string[], limits: SupervisorLimits): Actor<typeof supervisorMachine> {
    const machine = createActor(supervisorMachine, { input: { limits, restoring } });
    machine.subscribe({ error: (error) => this.#report(error, 'the supervisor machine failed') });
    machine.on('launch.granted', ({ key }) => {
      // Not before the session is through with the transition in which it asked.
      queueMicrotask(() => {
        if (this.#runners.get(key)?.grantLaunch() !== true) machine.send({ type: 'launch.settled', key });
      });
    });
    machine.on('session.restart', ({ key, delayMs }) => this.#runners.get(key)?.restartIn(delayMs));
    machine.on('session.park', ({ key }) => this.#runners.get(key)?.park());
    machine.on('sessions.drain', () => {
      for (const runner of this.#runners.values()) runner.drain();
    });
    return machine.start();
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
    const { clock, driver, sessionLimits, probeIntervalMs, closeGraceMs, profileDirOf, createSeed, find, pool, log } = this.#options;
    const address = parseSessionKey(key);
    const claim = await this.#options.claim(address);
    if (!('ownership' in claim)) return null;
    this.#machine?.send({ type: 'session.claimed', key });
    const runner = new SessionRunner(address, claim, {
      ...{ driver, clock, limits: sessionLimits, probeIntervalMs, closeGraceMs, find, log },
      profileDir: profileDirOf(key),
      seed: createSeed(),
      onMove: (from, to) => pool.trigger.moved({ from, to }),
      desk: {
        requestLaunch: () => this.#requestLaunch(key),
        withdrawLaunch: () => {
          this.#unplaced.delete(key);
          this.#machine?.send({ type: 'launch.withdrawn', key });
        },
        settleLaunch: () => this.#machine?.send({ type: 'launch.settled', key }),
        requestVerdict: () => this.#machine?.send({ type: 'session.failed', key, at: clock.now() }),
      },
    });
    this.#runners.set(key, runner);
    if (this.#stop.signal.aborted) runner.drain();
    this.#background(runner.done.then((outcome) => this.#forget(runner, outcome)));
    return runner;
  }

  /** Passes on that a session wants to launch; one that has no job yet is put in line first, and launches where its job leads. */
  #requestLaunch(key: string): void {
    if (this.#placed.has(key)) return this.#machine?.send({ type: 'launch.requested', key });
    // Told in the middle of the session's transition, which may be its first.
    if (!this.#unplaced.has(key)) queueMicrotask(() => this.#watchOwnership(key));
    this.#unplaced.add(key);
    if (this.#queue !== null && !this.#stop.signal.aborted) this.#background(this.#queue.enqueue(key));
  }

  #forget(runner: SessionRunner, outcome: Outcome): void {
    const { log } = this.#options;
    if (this.#runners.get(runner.key) === runner) for (const held of [this.#runners, this.#placed, this.#unplaced]) held.delete(runner.key);
    this.#machine?.send({ type: 'session.released', key: runner.key });
    log.info({ sessionId: runner.address.id, userId: runner.address.userId, outcome, epoch: runner.epoch }, 'session let go');
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

  #hear(event: FeedEvent): void {
    if (event.type !== 'session.snapshot' || !event.event.startsWith('intent.') || event.event === 'intent.handled') return;
    this.#attend(sessionKey({ userId: event.userId, id: event.sessionId }));
  }

  /** Something may be wanted of this session: wake who runs it, or see to it that somebody does. */
  #attend(key: string): void {
    const runner = this.#runners.get(key);
    if (runner !== undefined) return runner.wake();
    if (this.#stop.signal.aborted) return;
    this.#background(this.#attendUnowned(key));
  }

  async #attendUnowned(key: string): Promise<void> {
    const { find, roster } = this.#options;
    const stored = await find(parseSessionKey(key));
    if (stored === null) return;
    const { wanted } = stored;
    const isOwned = wanted.owner !== null && wanted.owner !== this.#options.nodeId && (await roster.isAlive(wanted.owner));
    if (isOwned) return;
    if (wanted.desired === 'deleted' || wanted.logout > wanted.erased) {
      // Giving up a login needs no place in line: nothing is launched for it.
      await this.#take(key);
    } else if (wanted.desired === 'running') {
      if (await roster.isActive(key)) await this.#queue?.enqueue(key);
    } else {
      await this.#queue?.withdraw(key);
    }
  }

  async #sweepForEver(): Promise<void> {
    const { signal } = this.#stop;
    const { sweepMs = SWEEP_MS } = this.#options;
    while (!signal.aborted) {
      await sleep(sweepMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#beat();
        await this.#sweep();
      } catch (error) {
        this.#report(error, 'a sweep failed');
      }
    }
  }

  async #sweep(): Promise<void> {
    const { roster } = this.#options;
    const active = await roster.active();
    await this.#queue?.enqueueMissing(active.filter((key) => !this.#placed.has(key)));
    for (const key of await roster.chores()) this.#attend(key);
  }

  async #beat(): Promise<void> {
    const { nodes, nodeId, clock, capacity, pool } = this.#options;
    await nodes.beat({ nodeId, at: clock.now(), startedAt: this.#startedAt, capacity, pool: pool.getSnapshot().context });
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
