import { setTimeout as sleep } from 'node:timers/promises';

import { causes, type SessionLimits } from '../../../machines/session.machine.ts';
import type { Clock } from '../../domain/clock.ts';
import { ensureError, FencedError, StoreUnavailableError } from '../../domain/errors.ts';
import { sessionKey, type Reason, type SessionAddress } from '../../domain/session.ts';
import { withResolvers } from '../../domain/with-resolvers.ts';
import type { HeldClaim, Ownership } from '../../store/ownership.ts';
import type { SessionIntent } from '../../domain/session-intent.ts';
import type { StoredSession } from '../../store/session-hash.ts';
import type { LossCause } from '../../whatsapp/device.ts';
import { handledOnClaim, machineInput, intentsSince } from './intents.ts';
import { CrashRecovery } from './crash-recovery.ts';
import type { QueuePosition } from '../admission/launch-control.ts';
import type { AgingBrowser } from '../fleet/browser-recycler.ts';
import type { Pool } from '../../observability/pool.ts';
import type { Telemetry } from '../../observability/telemetry.ts';
import { SessionCounters } from './session-counters.ts';
import { startSessionActor, type SessionActor, type Step } from './session-actor.ts';
import type { CreateSessionEffects, LaunchRequests, SessionEffects } from './session-effects.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import { SnapshotRecorder } from './snapshot-recorder.ts';

/**
 * How a run ended. `released`: at rest, nothing wanted. `removed`: deleted. `drained`: still wanted, by another node or
 * the next start. `superseded`: a newer owner has it, or the record is gone. `anew`: it is to be taken up again by a
 * new claim, since a bug ended its machine, or since its login was given up while something new was asked: no seal of
 * an epoch that forgot a login is ever taken.
 */
export type Outcome = 'released' | 'removed' | 'drained' | 'superseded' | 'anew';

export interface RunnerLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the runners of a node work with. */
interface RunnerParts {
  readonly clock: Clock;
  readonly limits: SessionLimits;
  /** 32 random bits: spreads the backoffs of sessions that failed together. */
  readonly createSeed: () => number;
  readonly createEffects: CreateSessionEffects;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly pool: Pool;
  readonly telemetry: Telemetry;
  readonly log: RunnerLog;
}

/** A session that this node has claimed, and who launches it. */
interface ClaimedSession {
  readonly address: SessionAddress;
  readonly claim: HeldClaim;
  readonly launches: LaunchRequests;
}

export type StartRunner = (session: ClaimedSession) => SessionRunner;

/** Makes the runner of each session, which runs at once. */
export function createSessionRunner(parts: RunnerParts): StartRunner {
  return (session) => new SessionRunner(session, parts);
}

const RETRY_MS = 500;

/**
 * Runs one session for as long as this node owns it: its actor, its browser, and its record. It compares what is wanted
 * with what is, and goes on until both agree and the session is at rest.
 */
export class SessionRunner {
  readonly key: string;
  readonly address: SessionAddress;
  readonly done: Promise<Outcome>;
  readonly #parts: RunnerParts;
  readonly #launches: LaunchRequests;
  readonly #ownership: Ownership;
  readonly #host: SessionEffects;
  readonly #writer: SnapshotWriter;
  readonly #recorder: SnapshotRecorder;
  readonly #actor: SessionActor;
  readonly #finish: (outcome: Outcome) => void;
  #ended = false;
  #draining = false;
  #errored: CrashRecovery | null = null;
  /** Number of the last request acted upon. */
  #handled: number;
  #wanted: SessionIntent;
  /** Number of the logout under way; `null` when none is. A deletion is one as well. */
  #loggingOut: number | null = null;
  #reconciling: Promise<void> = Promise.resolve();

  constructor({ address, claim, launches }: ClaimedSession, parts: RunnerParts) {
    const { promise, resolve } = withResolvers<Outcome>();
    this.done = promise;
    this.#finish = resolve;
    this.address = address;
    this.key = sessionKey(address);
    this.#parts = parts;
    this.#launches = launches;
    this.#ownership = claim.ownership;
    this.#wanted = claim.stored.intent;
    this.#handled = handledOnClaim(claim.stored);
    this.#host = parts.createEffects({
      address,
      epoch: this.epoch,
      confirm: () => this.#ownership.confirm(),
      launches,
      onMessage: (message) => this.#guard(this.#ownership.append('message.received', message)),
      onError: (error) => this.#report(error, 'the effects of a session failed'),
    });
    this.#writer = new SnapshotWriter({
      persist: (snapshot, number) => this.#ownership.persist(snapshot, number),
      onFenced: () => this.#guard(this.#end('superseded')),
      onError: (error) => this.#report(error, 'a snapshot could not be written yet'),
    });
    const counters = new SessionCounters(parts);
    this.#recorder = new SnapshotRecorder({
      pump: this.#writer,
      clock: parts.clock,
      onMove: (from, to, event) => counters.moved(from, to, event),
      onValue: (value, event) =>
        parts.log.info(
          { sessionId: address.id, userId: address.userId, value, event, epoch: this.epoch },
          'session moved',
        ),
    });
    this.#actor = startSessionActor({
      input: machineInput(claim.stored, { limits: parts.limits, seed: parts.createSeed() }),
      effects: this.#host,
      clock: parts.clock,
      onStep: (step) => this.#onStep(step),
      onError: (error) => this.crash(error, 'the machine of a session failed'),
    });
    this.#reconcile(this.#wanted);
  }

  /** The session's number of ownership: only the newest may write. */
  get epoch(): number {
    return this.#ownership.epoch;
  }

  /** Something may have been asked of the session: look, and act upon it. */
  wake(): void {
    this.#reconciling = this.#reconciling
      .then(() => this.#look())
      .catch((error: unknown) => this.#report(error, 'what is wanted could not be read'));
  }

  /** A launch slot is this session's. Returns `false` when it does not want it any more. */
  grantLaunch(): boolean {
    if (this.#ended || this.#errored !== null || !this.#actor.getSnapshot().can({ type: 'launch.granted' }))
      return false;
    const { browser } = this.#actor.getSnapshot().context;
    this.#actor.send({ type: 'launch.granted' });
    // A stop that was already in line has been first when no browser was opened.
    return this.#actor.getSnapshot().context.browser !== browser;
  }

  restartIn(delayMs: number): void {
    if (this.#errored !== null) return this.#errored.restartIn(delayMs);
    this.#actor.send({ type: 'supervisor.restart', delayMs });
  }

  park(): void {
    if (this.#errored !== null) return this.#errored.park();
    this.#actor.send({ type: 'supervisor.park' });
  }

  /** Its place in the line for a launch. */
  place(place: QueuePosition): void {
    if (!this.#ended && this.#errored === null) this.#recorder.recordPlace(place);
  }

  agingBrowser(): AgingBrowser | null {
    return this.#ended || !this.#actor.getSnapshot().matches('ready') ? null : this.#host.agingBrowser();
  }

  renew(): void {
    if (!this.#ended) this.#actor.send({ type: 'session.renew' });
  }

  isRecovering(): boolean {
    return !this.#ended && this.#actor.getSnapshot().matches('reconnecting');
  }

  /** A bug struck this session: its browser is reaped, and it is restarted as one that failed by itself. */
  crash(error: unknown, message: string): void {
    this.#report(error, message);
    if (!this.#ended && this.#errored === null) this.#guard(this.#recoverFromError());
  }

  /** Gives the browser back and ends as `drained`, with what is wanted unchanged. */
  drain(): void {
    if (this.#ended) return;
    this.#draining = true;
    if (this.#errored !== null) return this.#errored.cut();
    this.#actor.send({ type: 'node.drain' });
    this.#guard(this.#settle());
  }

  /** Ends at once without a word: somebody else has the session. */
  supersede(): Promise<void> {
    return this.#end('superseded');
  }

  /** Ends every browser whatever the actor does. For the end of the process. */
  kill(): Promise<void> {
    return this.#end('drained');
  }

  async #look(): Promise<void> {
    const stored = await this.#reach(() => this.#parts.find(this.address));
    if (this.#ended) return;
    if (stored === null || stored.intent.epoch !== this.#ownership.epoch) return this.#end('superseded');
    const { intent } = stored;
    if (this.#errored === null) return this.#reconcile(intent);
    if (intent.intentSeq > this.#handled || intent.logout > intent.erased) this.#errored.cut();
  }

  /** Compares what is wanted with what has been acted upon. While a login is being given up everything else waits. */
  #reconcile(intent: SessionIntent): void {
    this.#wanted = intent;
    if (
      this.#ended ||
      this.#errored !== null ||
      this.#draining ||
      this.#loggingOut !== null ||
      this.#actor.getSnapshot().matches({ disconnected: 'logging_out' })
    )
      return;
    if (intent.logout > intent.erased || intent.desired === 'deleted') {
      this.#loggingOut = intent.logout;
      this.#handled = Math.max(this.#handled, intent.desired === 'deleted' ? intent.intentSeq : intent.logout);
      this.#actor.send({ type: 'session.logout' });
    } else if (intent.intentSeq > this.#handled) {
      const since = this.#handled;
      this.#handled = intent.intentSeq;
      for (const event of intentsSince(intent, since)) this.#actor.send(event);
    }
    this.#record('intent.handled');
    if (this.#actor.getSnapshot().hasTag('at_rest')) this.#guard(this.#settle());
  }

  #onStep({ event, snapshot }: Step): void {
    if (this.#ended || this.#errored !== null || snapshot.status === 'error') return;
    if (event === 'browser.lost' && isCause(snapshot.context.reason))
      this.#parts.telemetry.lost(snapshot.context.reason);
    this.#record(event);
    if (snapshot.hasTag('at_rest') || this.#draining) this.#guard(this.#settle());
  }

  #record(event: string): void {
    this.#recorder.record(this.#actor.getSnapshot(), {
      event,
      handledSeq: this.#handled,
      loggingOut: this.#loggingOut,
    });
  }

  /** At rest, or drained: writes what is left to write, and lets go unless something new is wanted. */
  async #settle(): Promise<void> {
    // Whatever makes it so calls again.
    if (!this.#isWithoutBrowser()) return;
    await this.#host.retire();
    await this.#writer.flushed();
    const snapshot = this.#actor.getSnapshot();
    if (this.#ended || this.#errored !== null || !this.#isWithoutBrowser()) return;
    if (this.#isDrained()) {
      await this.#reach(() => this.#ownership.release(this.#handled));
      return this.#end('drained');
    }
    if (!snapshot.hasTag('at_rest')) return;
    if (this.#loggingOut !== null) {
      this.#loggingOut = null;
      if (snapshot.matches({ disconnected: 'logged_out' }) && this.#wanted.desired === 'deleted') {
        await this.#reach(() => this.#ownership.remove());
        return this.#end('removed');
      }
    }
    if ((await this.#reach(() => this.#ownership.release(this.#handled))) === 'released') return this.#end('released');
    return snapshot.matches({ disconnected: 'logged_out' }) ? this.#end('anew') : this.#look();
  }

  /** It has none, and gets none unless something new is wanted. */
  #isWithoutBrowser(): boolean {
    return this.#actor.getSnapshot().hasTag('at_rest') || this.#isDrained();
  }

  #isDrained(): boolean {
    const snapshot = this.#actor.getSnapshot();
    return (
      this.#draining &&
      (snapshot.matches({ disconnected: 'queued' }) ||
        (snapshot.matches('failed') && !snapshot.matches({ failed: 'closing' })))
    );
  }

  async #recoverFromError(): Promise<void> {
    const { limits, clock } = this.#parts;
    this.#errored = new CrashRecovery({
      recorder: this.#recorder,
      handledSeq: this.#handled,
      clock,
      requestVerdict: () => this.#launches.requestVerdict(),
      verdictTimeoutMs: limits.verdictTimeoutMs,
    });
    this.#actor.stop();
    await this.#host.closeAll();
    const what = await this.#errored.wait();
    await this.#writer.flushed();
    if (this.#ended) return;
    const isLetGo =
      what === 'parked' && (await this.#reach(() => this.#ownership.release(this.#handled))) === 'released';
    if (this.#draining) await this.#reach(() => this.#ownership.release(this.#handled));
    await this.#end(this.#draining ? 'drained' : isLetGo ? 'released' : 'anew');
  }

  async #end(outcome: Outcome): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#writer.stop();
    this.#actor.stop();
    await this.#host.closeAll();
    this.#recorder.end();
    this.#finish(outcome);
  }

  /** Goes on trying while the store is away, as long as this run lasts. */
  async #reach<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || this.#ended) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  /** For work that nobody waits for: its failure is the end of this run only when somebody else has the session. */
  #guard(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (error instanceof FencedError) return this.#guard(this.#end('superseded'));
      this.#report(error, 'a step of a session failed');
    });
  }

  #report(error: unknown, message: string): void {
    this.#parts.log.error(
      { err: ensureError(error), sessionId: this.address.id, userId: this.address.userId },
      message,
    );
  }
}

function isCause(reason: Reason | null): reason is LossCause {
  return reason !== null && reason in causes;
}
