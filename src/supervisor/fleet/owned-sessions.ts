import { setTimeout as sleep } from 'node:timers/promises';

import { parseSessionKey, type SessionAddress } from '../../domain/session.ts';
import type { WorkResult } from '../../queue/session-queue.ts';
import type { MemorySizes } from '../../store/browser-memory.ts';
import type { Claim } from '../../store/ownership.ts';
import type { StoredSession } from '../../store/session-hash.ts';
import type { LaunchControl } from '../admission/launch-control.ts';
import { onBehalfOf } from '../session/attribution.ts';
import type { Outcome, RunnerLog, SessionRunner, StartRunner } from '../session/session-runner.ts';
import type { LaunchOutcome } from '../../observability/telemetry.ts';

/** What it takes to run a session. */
export interface SessionMeans {
  readonly startRunner: StartRunner;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly claim: (address: SessionAddress, expectedEpoch?: number) => Promise<Claim>;
  readonly log: RunnerLog;
}

/** The node around them. */
interface Surroundings {
  /** `null` until the node has started. */
  readonly launches: () => LaunchControl | null;
  /** Puts a session in line. */
  readonly enqueue: (key: string) => Promise<void>;
  /** Something may be wanted of a session that nobody runs here. */
  readonly attend: (key: string) => void;
  /** The node stops. */
  readonly stop: AbortSignal;
  /** For work that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
}

/**
 * Browsers whose memory is read at once: they share one look at the machine's processes, and hold up nobody for long.
 */
const MEASURED_AT_ONCE = 8;
const OWNERSHIP_CHECK_MS = 2_000;

/**
 * The sessions that this node owns: claims them, runs them, and sees to it that each launches only in a job of the
 * queue, which no other node can have at the same time.
 */
export class OwnedSessions {
  readonly #means: SessionMeans;
  readonly #node: Surroundings;
  readonly #runners = new Map<string, SessionRunner>();
  readonly #starting = new Map<string, Promise<SessionRunner | null>>();
  /** Sessions whose job this node holds. The others were taken without one, to give up their login. */
  readonly #placed = new Set<string>();
  /**
   * Sessions that want to launch but have no job yet: without one, another node would be given it and launch as well.
   */
  readonly #unplaced = new Set<string>();

  constructor(means: SessionMeans, node: Surroundings) {
    this.#means = means;
    this.#node = node;
  }

  get(key: string): SessionRunner | undefined {
    return this.#runners.get(key);
  }

  all(): readonly SessionRunner[] {
    return [...this.#runners.values()];
  }

  /** Whether its job is held here. */
  isPlaced(key: string): boolean {
    return this.#placed.has(key);
  }

  /** Runs a session for the queue, until it is at rest, handed over, or lost. */
  async run(key: string, lost: AbortSignal): Promise<WorkResult> {
    let outcome: Outcome | 'lost' = 'anew';
    try {
      // Who takes the session up again does so in the same place: without one, another node would be given it and
      // launch as well.
      while (outcome === 'anew') outcome = await this.#runPlaced(key, lost);
    } finally {
      if (outcome !== 'lost') this.#placed.delete(key);
    }
    if (outcome === 'lost') return 'lost';
    return outcome === 'drained' ? 'handed_over' : 'done';
  }

  /** Claims a session and runs it. `null` when there is no such session. Two calls at once share one runner. */
  take(key: string): Promise<SessionRunner | null> {
    const running = this.#runners.get(key);
    if (running !== undefined) return Promise.resolve(running);
    const starting = this.#starting.get(key) ?? this.#claimAndRun(key).finally(() => this.#starting.delete(key));
    this.#starting.set(key, starting);
    return starting;
  }

  /** A job of this session has ended: was something asked in the meantime? */
  freed(key: string): void {
    if (this.#unplaced.has(key)) this.#requestLaunch(key);
    this.#node.attend(key);
  }

  /** Bytes of each ready browser whose memory can be told, by the key of its session. */
  async memory(): Promise<MemorySizes> {
    const sizes = new Map<string, number>();
    const runners = this.all();
    for (let from = 0; from < runners.length && !this.#node.stop.aborted; from += MEASURED_AT_ONCE) {
      const some = runners.slice(from, from + MEASURED_AT_ONCE).map(async (runner) => {
        const size = (await runner.agingBrowser()?.memory()) ?? null;
        if (size !== null) sizes.set(runner.key, size);
      });
      await Promise.all(some);
    }
    return sizes;
  }

  /** One run of a session whose job this node holds. */
  async #runPlaced(key: string, lost: AbortSignal): Promise<Outcome | 'lost'> {
    // Taken in the moment in which the worker was paused.
    if (this.#node.stop.aborted && !this.#runners.has(key)) return 'drained';
    this.#placed.add(key);
    const runner = (await this.#adopt(key)) ?? (await this.take(key));
    if (runner === null) return 'released';
    // A former run that ended just now has given the place up.
    this.#placed.add(key);
    if (this.#unplaced.delete(key)) this.#requestLaunch(key);
    const outcome = await Promise.race([runner.done, whenAborted(lost)]);
    if (outcome === 'lost') this.#watchOwnership(key);
    return outcome;
  }

  /** The runner that is here already, when nobody else had the session since: Redis was away, its browser lives on. */
  async #adopt(key: string): Promise<SessionRunner | null> {
    const runner = this.#runners.get(key);
    if (runner === undefined) return null;
    const claim = await this.#means.claim(runner.address, runner.epoch);
    if (claim.kind === 'adopted') {
      runner.wake();
      return runner;
    }
    await runner.supersede();
    return null;
  }

  async #claimAndRun(key: string): Promise<SessionRunner | null> {
    const address = parseSessionKey(key);
    const claim = await this.#means.claim(address);
    if (!('ownership' in claim)) return null;
    this.#node.launches()?.claimed(key);
    const launches = {
      requestLaunch: () => this.#requestLaunch(key),
      withdrawLaunch: () => {
        this.#unplaced.delete(key);
        this.#node.launches()?.withdraw(key);
      },
      settleLaunch: (outcome: LaunchOutcome) => this.#node.launches()?.settle(key, outcome),
      requestVerdict: () => this.#node.launches()?.judge(key),
    };
    const runner = onBehalfOf(key, () => this.#means.startRunner({ address, claim, launches }));
    this.#runners.set(key, runner);
    if (this.#node.stop.aborted) runner.drain();
    this.#node.background(runner.done.then((outcome) => this.#forget(runner, outcome)));
    return runner;
  }

  /**
   * Passes on that a session wants to launch; one that has no job yet is put in line first, and launches where its job
   * leads.
   */
  #requestLaunch(key: string): void {
    if (this.#placed.has(key)) return this.#node.launches()?.request(key);
    // Told in the middle of the session's transition, which may be its first.
    if (!this.#unplaced.has(key)) queueMicrotask(() => this.#watchOwnership(key));
    this.#unplaced.add(key);
    if (!this.#node.stop.aborted) this.#node.background(this.#node.enqueue(key));
  }

  #forget(runner: SessionRunner, outcome: Outcome): void {
    const { log } = this.#means;
    if (this.#runners.get(runner.key) === runner)
      for (const held of [this.#runners, this.#placed, this.#unplaced]) held.delete(runner.key);
    this.#node.launches()?.released(runner.key);
    log.info(
      { sessionId: runner.address.id, userId: runner.address.userId, outcome, epoch: runner.epoch },
      'session let go',
    );
    // Nobody else looks after it: what it is to be is still to be done, and said.
    if (outcome === 'anew' && !this.#node.stop.aborted) this.#node.background(this.take(runner.key));
  }

  /** No job is held here: keep the session until it is adopted again, or somebody newer has it. */
  #watchOwnership(key: string): void {
    const runner = this.#runners.get(key);
    if (runner === undefined) return;
    const watch = async () => {
      while (this.#runners.get(key) === runner && !this.#node.stop.aborted) {
        await sleep(OWNERSHIP_CHECK_MS, undefined, { signal: this.#node.stop });
        const stored = await this.#means.find(runner.address).catch(() => undefined);
        if (stored === null || (stored !== undefined && stored.intent.epoch !== runner.epoch))
          return runner.supersede();
      }
    };
    this.#node.background(watch());
  }
}

function whenAborted(signal: AbortSignal): Promise<'lost'> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('lost');
    signal.addEventListener('abort', () => resolve('lost'), { once: true });
  });
}
