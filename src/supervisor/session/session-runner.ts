import { ensureError, FencedError } from '../../domain/errors.ts';
import { sessionKey, type SessionAddress } from '../../domain/session.ts';
import { withResolvers } from '../../domain/with-resolvers.ts';
import type { SessionIntent } from '../../domain/session-intent.ts';
import type { QueuePosition } from '../admission/launch-control.ts';
import type { AgingBrowser } from '../fleet/browser-recycler.ts';
import { CrashRecovery } from './crash-recovery.ts';
import { isLossCause } from './loss-cause.ts';
import { dueWork, handledOnClaim, isNewer, machineInput } from './intents.ts';
import { isGivingUpLogin, isStillListed, restOf, type Rest } from './rest.ts';
import { movableOf, type Movable, type MoveCause } from './movable.ts';
import { hasMachine, isDraining, logoutOf, type Outcome, type RunPhase } from './run-phase.ts';
import type { ClaimedSession, RunnerParts } from './runner-parts.ts';
import { startSessionActor, type SessionActor, type Step } from './session-actor.ts';
import { SessionCounters } from './session-counters.ts';
import type { LaunchRequests } from './launch-requests.ts';
import type { SessionEffects } from './session-effects.ts';
import { SessionRecord } from './session-record.ts';

export type StartRunner = (session: ClaimedSession) => SessionRunner;

/** Makes the runner of each session, which runs at once. */
export function createSessionRunner(parts: RunnerParts): StartRunner {
  return (session) => new SessionRunner(session, parts);
}

/** Runs one session while this node owns it, until what is desired and what is agree and it is at rest. */
export class SessionRunner {
  readonly key: string;
  readonly address: SessionAddress;
  readonly done: Promise<Outcome>;
  readonly #who: { readonly sessionId: string; readonly userId: string };
  readonly #parts: RunnerParts;
  readonly #launches: LaunchRequests;
  readonly #record: SessionRecord;
  readonly #effects: SessionEffects;
  readonly #actor: SessionActor;
  readonly #finish: (outcome: Outcome) => void;
  #phase: RunPhase = { kind: 'active', logout: null };
  #intent: SessionIntent;
  /** Number of the last intent acted upon. */
  #handledSeq: number;
  /** The looks at the record, one after the other. */
  #looking: Promise<void> = Promise.resolve();

  constructor({ address, claim, launches, checkLease }: ClaimedSession, parts: RunnerParts) {
    const { promise, resolve } = withResolvers<Outcome>();
    this.done = promise;
    this.#finish = resolve;
    this.address = address;
    this.key = sessionKey(address);
    this.#who = { sessionId: address.id, userId: address.userId };
    this.#parts = parts;
    this.#launches = launches;
    this.#intent = claim.stored.intent;
    this.#handledSeq = handledOnClaim(claim.stored);
    const counters = new SessionCounters(parts);
    this.#record = new SessionRecord({
      address,
      ownership: claim.ownership,
      find: parts.find,
      clock: parts.clock,
      onMove: (from, to, event) => counters.moved(from, to, event),
      onValue: (value, event) => parts.log.info({ ...this.#who, value, event, epoch: this.epoch }, 'session moved'),
      onFenced: () => this.#guard(this.#end('superseded')),
      onError: (error) => this.#report(error, 'a snapshot could not be written yet'),
    });
    this.#effects = parts.createEffects({
      address,
      epoch: this.epoch,
      confirm: () => this.#record.confirm(checkLease),
      checkLease,
      onFenced: () => this.#guard(this.#end('superseded')),
      launches,
      tell: (messages) => this.#record.tell(messages),
      onError: (error) => this.#report(error, 'the effects of a session failed'),
    });
    this.#actor = startSessionActor({
      input: machineInput(claim.stored, { limits: parts.limits, seed: parts.createSeed() }),
      effects: this.#effects,
      clock: parts.clock,
      onStep: (step) => this.#onStep(step),
      onError: (error) => this.crash(error, 'the machine of a session failed'),
    });
    this.#reconcile(this.#intent);
  }

  /** The session's number of ownership: only the newest may write. */
  get epoch(): number {
    return this.#record.epoch;
  }

  /** There may be a new intent: look, and act upon it. One that was `heard` needs no look when it is news for certain. */
  wake(heard?: SessionIntent): void {
    if (heard !== undefined && this.#isNews(heard)) return this.#reconcile(heard);
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => this.#report(error, 'what is desired could not be read'));
  }

  /** A launch slot is this session's. Returns `false` when it does not want it any more. */
  grantLaunch(): boolean {
    if (this.#phase.kind !== 'active' || !this.#actor.getSnapshot().can({ type: 'launch.granted' })) return false;
    const { browser } = this.#actor.getSnapshot().context;
    this.#actor.send({ type: 'launch.granted' });
    // No browser was opened when a stop had been sent before the slot.
    return this.#actor.getSnapshot().context.browser !== browser;
  }

  restartIn(delayMs: number): void {
    if (this.#phase.kind === 'crashed') this.#phase.recovery.restartIn(delayMs);
    else if (hasMachine(this.#phase)) this.#actor.send({ type: 'supervisor.restart', delayMs });
  }

  park(): void {
    if (this.#phase.kind === 'crashed') this.#phase.recovery.park();
    else if (hasMachine(this.#phase)) this.#actor.send({ type: 'supervisor.park' });
  }

  /** Its position among those that wait for a launch. */
  showPosition(position: QueuePosition): void {
    if (hasMachine(this.#phase)) this.#record.snapshots.recordPosition(position);
  }

  agingBrowser(): AgingBrowser | null {
    return hasMachine(this.#phase) && this.#actor.getSnapshot().matches('ready') ? this.#effects.agingBrowser() : null;
  }

  renew(): void {
    if (hasMachine(this.#phase)) this.#actor.send({ type: 'session.renew' });
  }

  isRecovering(): boolean {
    return this.#phase.kind !== 'ended' && this.#actor.getSnapshot().matches('reconnecting');
  }

  /** A bug struck this session: its browser is reaped, and it is restarted as one that failed by itself. */
  crash(error: unknown, message: string): void {
    this.#report(error, message);
    if (hasMachine(this.#phase)) this.#guard(this.#recoverFromCrash());
  }

  /** What stands in the way of a move to another node. */
  movable(): Movable {
    return movableOf(this.#phase, this.#actor.getSnapshot(), this.agingBrowser());
  }

  /** Gives the browser back and ends as `drained`, with what is desired unchanged. */
  handOver(cause: MoveCause): void {
    if (this.#phase.kind === 'ended') return;
    if (this.#phase.kind === 'crashed') {
      this.#phase = { ...this.#phase, endsAs: 'drained' };
      return this.#phase.recovery.cut();
    }
    this.#phase = { ...this.#phase, kind: 'draining' };
    this.#actor.send({ type: cause });
    this.#guard(this.#settle());
  }

  /** Ends at once without a word: somebody else has the session. */
  supersede(): Promise<void> {
    return this.#end('superseded');
  }

  /** Ends at once without a word: somebody else may be about to have the session. The browser is dead after `graceMs`. */
  giveUp(graceMs: number): Promise<void> {
    return this.#end('given_up', graceMs);
  }

  /** Ends every browser whatever the actor does. For the end of the process. */
  kill(): Promise<void> {
    return this.#end('drained');
  }

  async #look(): Promise<void> {
    const intent = await this.#record.readIntent();
    return intent === null ? this.#end('superseded') : this.#reconcile(intent);
  }

  /** Credentials are never given up on hearsay: the record alone says whether they are given up already. */
  #isNews({ epoch, intentSeq, logout, erased, desired }: SessionIntent): boolean {
    const givesUpCredentials = logout > erased || desired === 'deleted';
    return epoch === this.epoch && intentSeq > this.#intent.intentSeq && !givesUpCredentials;
  }

  /** Acts upon what is new. While credentials are being given up everything else waits. */
  #reconcile(intent: SessionIntent): void {
    if (intent.intentSeq >= this.#intent.intentSeq) this.#intent = intent;
    if (this.#phase.kind === 'crashed' && isNewer(intent, this.#handledSeq)) this.#phase.recovery.cut();
    if (this.#phase.kind !== 'active' || this.#phase.logout !== null) return;
    if (isGivingUpLogin(this.#actor.getSnapshot()) || this.#needsNewClaim()) return;
    const due = dueWork(intent, this.#handledSeq);
    this.#handledSeq = due.handledSeq;
    this.#phase = { kind: 'active', logout: due.logout };
    for (const event of due.events) this.#actor.send(event);
    this.#recordSnapshot('intent.handled');
    if (this.#actor.getSnapshot().hasTag('at_rest')) this.#guard(this.#settle());
  }

  #onStep({ event, snapshot }: Step): void {
    if (!hasMachine(this.#phase) || snapshot.status === 'error') return;
    const { reason } = snapshot.context;
    if (event === 'browser.lost' && isLossCause(reason)) this.#parts.telemetry.lost(reason);
    this.#recordSnapshot(event);
    if (snapshot.hasTag('at_rest') || isDraining(this.#phase)) this.#guard(this.#settle());
  }

  #recordSnapshot(event: string): void {
    this.#record.snapshots.record(this.#actor.getSnapshot(), {
      event,
      handledSeq: this.#handledSeq,
      logout: logoutOf(this.#phase),
    });
  }

  /** At rest, or drained: writes what is left to write, and lets go unless there is a newer intent. */
  async #settle(): Promise<void> {
    // Whatever brings it to rest calls again.
    if (this.#rest() === null) return;
    await this.#effects.retire();
    await this.#record.flushed();
    const rest = this.#rest();
    if (rest === null || !('logout' in this.#phase)) return;
    if (rest === 'drained') {
      await this.#record.release(this.#handledSeq);
      return this.#end('drained');
    }
    if (this.#phase.logout !== null) {
      this.#phase = { ...this.#phase, logout: null };
      if (this.#intent.desired === 'deleted' && this.#isLoggedOut()) {
        await this.#record.remove(isStillListed(this.#actor.getSnapshot()));
        return this.#end('removed');
      }
    }
    if ((await this.#record.release(this.#handledSeq)) === 'released') return this.#end('released');
    await this.#look();
    if (this.#needsNewClaim()) await this.#end('anew');
  }

  /** It is to run again after its credentials were given up: the vault takes no seal of an epoch that forgot some. */
  #needsNewClaim(): boolean {
    return this.#intent.desired === 'running' && this.#isLoggedOut();
  }

  #isLoggedOut(): boolean {
    return this.#actor.getSnapshot().matches({ disconnected: 'logged_out' });
  }

  #rest(): Rest | null {
    return hasMachine(this.#phase) ? restOf(this.#actor.getSnapshot(), isDraining(this.#phase)) : null;
  }

  async #recoverFromCrash(): Promise<void> {
    const { limits, clock } = this.#parts;
    const recovery = new CrashRecovery({
      recorder: this.#record.snapshots,
      handledSeq: this.#handledSeq,
      clock,
      requestVerdict: () => this.#launches.requestVerdict(),
      verdictTimeoutMs: limits.verdictTimeoutMs,
    });
    this.#phase = { kind: 'crashed', recovery, endsAs: isDraining(this.#phase) ? 'drained' : 'anew' };
    this.#actor.stop();
    await this.#effects.closeAll();
    const what = await recovery.wait();
    await this.#record.flushed();
    if (this.#isOver()) return;
    const isFree =
      (what === 'parked' || isDraining(this.#phase)) && (await this.#record.release(this.#handledSeq)) === 'released';
    await this.#end(isDraining(this.#phase) ? 'drained' : isFree ? 'released' : 'anew');
  }

  #isOver(): boolean {
    return this.#phase.kind === 'ended';
  }

  async #end(outcome: Outcome, graceMs?: number): Promise<void> {
    if (this.#phase.kind === 'ended') return;
    this.#phase = { kind: 'ended' };
    this.#record.close();
    this.#actor.stop();
    await this.#effects.closeAll(graceMs);
    this.#record.end();
    this.#finish(outcome);
  }

  /** For work that nobody waits for: its failure is the end of this run only when somebody else has the session. */
  #guard(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (error instanceof FencedError) return this.#guard(this.#end('superseded'));
      this.#report(error, 'a step of a session failed');
    });
  }

  #report(error: unknown, message: string): void {
    this.#parts.log.error({ err: ensureError(error), ...this.#who }, message);
  }
}
