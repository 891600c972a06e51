import type { Clock } from '../../domain/clock.ts';
import { every } from '../../domain/every.ts';
import { ensureError } from '../../domain/errors.ts';
import { parseSessionKey, type SessionAddress } from '../../domain/session.ts';
import type { SessionLease } from '../../queue/session-lease.ts';
import type { SessionQueue, WorkResult } from '../../queue/session-queue.ts';
import type { MemorySizes } from '../../store/browser-memory.ts';
import type { Claim } from '../../store/ownership.ts';
import type { StoredSession } from '../../store/session-hash.ts';
import type { LaunchControl, LaunchOrders, QueuePosition } from '../admission/launch-control.ts';
import { onBehalfOf } from '../session/attribution.ts';
import type { Outcome } from '../session/run-phase.ts';
import type { RunnerLog } from '../session/runner-parts.ts';
import type { LaunchRequests } from '../session/launch-requests.ts';
import type { SessionRunner, StartRunner } from '../session/session-runner.ts';
import { NONE, type Owned } from './owned-session.ts';

interface OwnedSessionsOptions {
  readonly startRunner: StartRunner;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly claim: (address: SessionAddress, expectedEpoch?: number) => Promise<Claim>;
  readonly clock: Clock;
  readonly launches: LaunchControl;
  readonly queue: Pick<SessionQueue, 'enqueue'>;
  /** The node stops. */
  readonly stop: AbortSignal;
  /** For work that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
  readonly log: RunnerLog;
}

/** Browsers whose memory is read at once: they share one look at the processes, and hold up nobody for long. */
const MEASURED_AT_ONCE = 8;
const OWNERSHIP_CHECK_MS = 2_000;

/**
 * The sessions that this node owns: claims them, runs them, and sees to it that each launches only in a job of the
 * queue, which no other node can have at the same time.
 */
export class OwnedSessions implements LaunchOrders {
  readonly #options: OwnedSessionsOptions;
  readonly #owned = new Map<string, Owned>();

  constructor(options: OwnedSessionsOptions) {
    this.#options = options;
  }

  get(key: string): SessionRunner | undefined {
    const run = this.#owned.get(key)?.run;
    return run?.kind === 'running' ? run.runner : undefined;
  }

  all(): readonly SessionRunner[] {
    return [...this.#owned.values()].flatMap(({ run }) => (run.kind === 'running' ? [run.runner] : []));
  }

  /** Whether its job is held here. */
  holdsJob(key: string): boolean {
    const kind = this.#owned.get(key)?.job.kind ?? 'none';
    return kind === 'arriving' || kind === 'held' || kind === 'lost';
  }

  grant(key: string): boolean {
    // The slot may have become free by what another session did, on whose behalf the present code then runs.
    return onBehalfOf(key, () => this.get(key)?.grantLaunch() === true);
  }

  restart(key: string, delayMs: number): void {
    this.get(key)?.restartIn(delayMs);
  }

  park(key: string): void {
    this.get(key)?.park();
  }

  showPosition(key: string, position: QueuePosition): void {
    this.get(key)?.showPosition(position);
  }

  drainAll(): void {
    for (const runner of this.all()) runner.handOver('node.drain');
  }

  /** Runs a session for the queue, until it is at rest, handed over, or lost. */
  async run(key: string, lease: SessionLease): Promise<WorkResult> {
    const owned = this.#entry(key);
    owned.job = { kind: 'arriving', lease, wantsLaunch: owned.job.kind === 'awaited' };
    lease.expiring.addEventListener('abort', () => this.#giveUp(owned, lease), { once: true });
    let outcome: Outcome | 'lost' = 'anew';
    try {
      // Who takes the session up again does so in the same job.
      while (outcome === 'anew') outcome = await this.#runInJob(key, owned, lease);
    } finally {
      this.#leaveJob(key, owned, lease, outcome);
    }
    if (outcome === 'lost') return 'lost';
    return outcome === 'drained' || outcome === 'given_up' ? 'handed_over' : 'done';
  }

  /** Claims a session and runs it. `null` when there is no such session. Two calls at once share one runner. */
  take(key: string): Promise<SessionRunner | null> {
    const owned = this.#entry(key);
    if (owned.run.kind === 'running') return Promise.resolve(owned.run.runner);
    if (owned.run.kind === 'claiming') return owned.run.runner;
    const runner = this.#claimAndRun(key, owned).finally(() => {
      if (owned.run.kind === 'claiming') owned.run = NONE;
      this.#dropIfIdle(key, owned);
    });
    owned.run = { kind: 'claiming', runner };
    return runner;
  }

  /** A job of this session has ended: it may be free for the one that is awaited. */
  freed(key: string): void {
    if (this.#owned.get(key)?.job.kind === 'awaited') this.#requestLaunch(key);
  }

  /** Bytes of each ready browser whose memory can be told, by the key of its session. */
  async memory(): Promise<MemorySizes> {
    const sizes = new Map<string, number>();
    const runners = this.all();
    for (let from = 0; from < runners.length && !this.#options.stop.aborted; from += MEASURED_AT_ONCE) {
      const some = runners.slice(from, from + MEASURED_AT_ONCE).map(async (runner) => {
        const size = (await runner.agingBrowser()?.memory()) ?? null;
        if (size !== null) sizes.set(runner.key, size);
      });
      await Promise.all(some);
    }
    return sizes;
  }

  /** One run of a session whose job this node has been given. */
  async #runInJob(key: string, owned: Owned, lease: SessionLease): Promise<Outcome | 'lost'> {
    // Taken in the moment in which the worker was paused.
    if (this.#options.stop.aborted && owned.run.kind !== 'running') return 'drained';
    const runner = (await this.#adopt(owned)) ?? (await this.take(key));
    // The job may have been given to this node anew, whose run goes on with the session.
    if (lease.lost.aborted) return 'lost';
    if (runner === null) return 'released';
    const wantsLaunch = owned.job.kind === 'arriving' && owned.job.wantsLaunch;
    owned.job = { kind: 'held', lease };
    this.#unwatch(owned);
    if (lease.expiring.aborted) this.#giveUp(owned, lease);
    else if (wantsLaunch) this.#requestLaunch(key);
    return Promise.race([runner.done, whenAborted(lease.lost)]);
  }

  /** So much of the lease is over that the browser has to go, or another node could start a second one. */
  #giveUp({ run, job }: Owned, lease: SessionLease): void {
    if (run.kind !== 'running' || !('lease' in job) || job.lease !== lease) return;
    const { address, epoch } = run.runner;
    const who = { sessionId: address.id, userId: address.userId, epoch };
    this.#options.log.error(who, 'a session is given up: the store has not confirmed for too long that it is ours');
    this.#options.background(run.runner.giveUp(lease.graceMs));
  }

  /** Throws when nothing may be done in the name of the session: its lease is, or may be, over. */
  #checkLease(key: string): void {
    const job = this.#owned.get(key)?.job ?? NONE;
    if ('lease' in job) job.lease.check();
  }

  #leaveJob(key: string, owned: Owned, lease: SessionLease, outcome: Outcome | 'lost'): void {
    const { job } = owned;
    // It may have been given to this node anew.
    if (!('lease' in job) || job.lease !== lease) return;
    if (outcome === 'lost') {
      owned.job = { kind: 'lost', lease };
      return this.#watch(key);
    }
    owned.job = job.kind === 'arriving' && job.wantsLaunch ? { kind: 'awaited' } : NONE;
    this.#dropIfIdle(key, owned);
  }

  /** The runner that is here already, when nobody else had the session since: Redis was away, its browser lives on. */
  async #adopt({ run }: Owned): Promise<SessionRunner | null> {
    if (run.kind !== 'running') return null;
    const claim = await this.#options.claim(run.runner.address, run.runner.epoch);
    if (claim.kind === 'adopted') {
      run.runner.wake();
      return run.runner;
    }
    await run.runner.supersede();
    return null;
  }

  async #claimAndRun(key: string, owned: Owned): Promise<SessionRunner | null> {
    const { claim: claimFor, startRunner, launches, stop, background } = this.#options;
    const address = parseSessionKey(key);
    const claim = await claimFor(address);
    if (!('ownership' in claim)) return null;
    launches.claimed(key);
    const runner = onBehalfOf(key, () =>
      startRunner({ address, claim, launches: this.#launchesOf(key), checkLease: () => this.#checkLease(key) }),
    );
    owned.run = { kind: 'running', runner };
    if (stop.aborted) runner.handOver('node.drain');
    background(runner.done.then((outcome) => this.#forget(runner, outcome)));
    return runner;
  }

  #launchesOf(key: string): LaunchRequests {
    const { launches } = this.#options;
    return {
      requestLaunch: () => this.#requestLaunch(key),
      withdrawLaunch: () => {
        const owned = this.#owned.get(key);
        if (owned?.job.kind === 'awaited') owned.job = NONE;
        if (owned?.job.kind === 'arriving') owned.job = { ...owned.job, wantsLaunch: false };
        launches.withdraw(key);
      },
      settleLaunch: (outcome) => launches.settle(key, outcome),
      requestVerdict: (outageAfter) => launches.judge(key, outageAfter),
    };
  }

  /**
   * Passes on that a session wants to launch; one that has no job yet is enqueued first, and launches where its job
   * leads.
   */
  #requestLaunch(key: string): void {
    const { launches, queue, stop, background } = this.#options;
    const owned = this.#entry(key);
    switch (owned.job.kind) {
      case 'held':
      case 'lost':
        return launches.request(key);
      case 'arriving':
        owned.job = { ...owned.job, wantsLaunch: true };
        return;
      case 'none':
        // In the middle of the session's transition, which may be its first.
        queueMicrotask(() => this.#watch(key));
        owned.job = { kind: 'awaited' };
        break;
      case 'awaited':
    }
    if (!stop.aborted) background(queue.enqueue(key));
  }

  #forget(runner: SessionRunner, outcome: Outcome): void {
    const { launches, log, stop, background } = this.#options;
    const { key, address, epoch } = runner;
    const owned = this.#owned.get(key);
    if (owned?.run.kind === 'running' && owned.run.runner === runner) {
      this.#unwatch(owned);
      owned.run = NONE;
      if (owned.job.kind === 'arriving') owned.job = { ...owned.job, wantsLaunch: false };
      else if (owned.job.kind !== 'held') owned.job = NONE;
      this.#dropIfIdle(key, owned);
    }
    launches.released(key);
    log.info({ sessionId: address.id, userId: address.userId, outcome, epoch }, 'session let go');
    // Nobody else looks after it: what it is to be is still to be done, and said.
    if (outcome === 'anew' && !stop.aborted) background(this.take(key));
  }

  /** No job is held here: keep the session until it is adopted again, or somebody newer has it. */
  #watch(key: string): void {
    const { clock, find, stop, log } = this.#options;
    const owned = this.#owned.get(key);
    if (owned?.run.kind !== 'running' || owned.watch !== null) return;
    const { runner } = owned.run;
    const look = async () => {
      if (stop.aborted) return;
      // While the store is away nobody else can have it either.
      const stored = await find(runner.address).catch(() => undefined);
      if (stored === null || (stored !== undefined && stored.intent.epoch !== runner.epoch)) await runner.supersede();
    };
    const onError = (error: unknown) => log.error({ err: ensureError(error) }, 'the watch over a session failed');
    owned.watch = every(clock, OWNERSHIP_CHECK_MS, look, { onError });
  }

  #unwatch(owned: Owned): void {
    void owned.watch?.stop();
    owned.watch = null;
  }

  #entry(key: string): Owned {
    const known = this.#owned.get(key);
    if (known !== undefined) return known;
    const owned: Owned = { run: NONE, job: NONE, watch: null };
    this.#owned.set(key, owned);
    return owned;
  }

  #dropIfIdle(key: string, owned: Owned): void {
    if (owned.run.kind === 'none' && owned.job.kind === 'none' && this.#owned.get(key) === owned)
      this.#owned.delete(key);
  }
}

function whenAborted(signal: AbortSignal): Promise<'lost'> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('lost');
    signal.addEventListener('abort', () => resolve('lost'), { once: true });
  });
}
