import type { Clock } from '../../domain/clock.ts';
import { stateOf, type Session, type SessionState } from '../../domain/session.ts';
import type { OwnerSnapshot } from '../../store/ownership.ts';
import type { SessionSnapshot } from './session-actor.ts';
import { projectSnapshot } from './snapshot-projection.ts';
import type { SnapshotWriter } from './snapshot-writer.ts';

interface SnapshotRecorderOptions {
  readonly writer: Pick<SnapshotWriter, 'push' | 'renew'>;
  readonly clock: Clock;
  /** The session came (`from: null`), moved, or went (`to: null`). */
  readonly onMove: (from: SessionState | null, to: SessionState | null, event: string) => void;
  /** It has a new value. */
  readonly onValue: (value: string, event: string) => void;
}

/** Events of a device that somebody has scanned. */
const LINKING: ReadonlySet<string> = new Set(['browser.scanned', 'browser.authenticated']);

/** What led to a snapshot, and which intents have been acted upon. */
interface Occasion {
  readonly event: string;
  /** Number of the last intent acted upon. */
  readonly handledSeq: number;
  /** Number of the logout under way. */
  readonly logout: number | null;
}

/** What is said of a session whose machine erred. */
interface ErroredState {
  readonly value: 'failed.judging' | 'failed.resting' | 'failed.parked';
  readonly reason: 'internal_error' | 'restarts_exhausted';
  /** Until its restart (ms); `null` when none is planned. */
  readonly delayMs: number | null;
  /** Number of the last intent acted upon. */
  readonly handledSeq: number;
}

/** Turns what an actor is into what is written about it: adds when things happened, and tells who moved where. */
export class SnapshotRecorder {
  readonly #options: SnapshotRecorderOptions;
  #value = '';
  #state: SessionState | null = null;
  #enteredAt: number;
  #fault: unknown = null;
  #faultAt: number;
  #position: Session['queue'] = null;
  #said: OwnerSnapshot | null = null;
  #last: { readonly snapshot: SessionSnapshot; readonly occasion: Occasion } | null = null;

  constructor(options: SnapshotRecorderOptions) {
    this.#options = options;
    this.#enteredAt = this.#faultAt = options.clock.now();
  }

  /**
   * Hands the snapshot to the writer, which drops one that says nothing new. An actor that has not begun says nothing at
   * all.
   */
  record(snapshot: SessionSnapshot, occasion: Occasion): void {
    if (snapshot.matches({ disconnected: 'never_started' })) return;
    const { event, handledSeq, logout } = occasion;
    this.#last = { snapshot, occasion };
    if (!isQueued(snapshot)) this.#position = null;
    const scanned = this.#value.startsWith('waiting_qr') && LINKING.has(event);
    const projected = this.#project(snapshot, event);
    this.#push({
      ...projected,
      event,
      handledSeq,
      activity: snapshot.hasTag('at_rest') ? 'settled' : scanned ? 'active' : 'same',
      erased: snapshot.matches({ disconnected: 'logged_out' }) ? (logout ?? undefined) : undefined,
      codeFor: codeFor(snapshot, event),
    });
  }

  /** Writes anew what was recorded last: the record does not say it any more. */
  recordAgain(event: string): void {
    if (this.#said === null) return;
    this.#options.writer.renew();
    this.#push({ ...this.#said, event, activity: 'same', erased: undefined, codeFor: undefined });
  }

  /** The session's position among those that wait for a launch has changed. */
  recordPosition(position: Session['queue']): void {
    if (this.#last === null || !isQueued(this.#last.snapshot)) return;
    this.#position = position;
    this.record(this.#last.snapshot, { ...this.#last.occasion, event: 'queue.moved' });
  }

  /** The machine erred: says what becomes of the session instead of it. */
  recordError({ value, reason, delayMs, handledSeq }: ErroredState): void {
    const { clock } = this.#options;
    if (this.#last === null) return;
    const { snapshot } = this.#last;
    const now = clock.now();
    const { detail } = projectSnapshot(snapshot, { enteredAt: now, faultAt: now, position: null });
    const lastError = { code: 'INTERNAL', message: 'The session’s machine failed.', at: new Date(now).toISOString() };
    const nextAttemptAt = delayMs === null ? null : new Date(now + delayMs).toISOString();
    const isParked = value === 'failed.parked';
    this.#moveTo('failed', 'machine.errored');
    this.#push({
      value,
      reason,
      tags: isParked ? ['settled', 'at_rest'] : ['busy'],
      detail: { ...detail, qr: null, pairingCode: null, lastError, reconnect: { ...detail.reconnect, nextAttemptAt } },
      event: 'machine.errored',
      handledSeq,
      activity: isParked ? 'settled' : 'same',
    });
  }

  /** The session is no longer this node's. */
  end(): void {
    this.#moveTo(null, 'session.released');
  }

  #push(snapshot: OwnerSnapshot): void {
    this.#said = snapshot;
    this.#options.writer.push(snapshot);
  }

  #moveTo(state: SessionState | null, event: string): void {
    if (state !== this.#state) this.#options.onMove(this.#state, state, event);
    this.#state = state;
  }

  #project(snapshot: SessionSnapshot, event: string): ReturnType<typeof projectSnapshot> {
    const { clock, onValue } = this.#options;
    const now = clock.now();
    if (snapshot.context.fault !== this.#fault) {
      this.#fault = snapshot.context.fault;
      this.#faultAt = now;
    }
    const position = this.#position;
    const projected = projectSnapshot(snapshot, { enteredAt: this.#enteredAt, faultAt: this.#faultAt, position });
    if (projected.value === this.#value) return projected;
    this.#value = projected.value;
    this.#enteredAt = now;
    onValue(projected.value, event);
    this.#moveTo(stateOf(projected.value), event);
    return projectSnapshot(snapshot, { enteredAt: now, faultAt: this.#faultAt, position });
  }
}

/** For which phone number there is a code with this; `nobody` where none will come. */
function codeFor(snapshot: SessionSnapshot, event: string): string | undefined {
  const { pairingCode, fault } = snapshot.context;
  if (!snapshot.matches('waiting_qr')) return 'nobody';
  if (event === 'browser.fault') return fault?.code === 'PAIRING_REFUSED' ? 'nobody' : undefined;
  return event === 'browser.pairing_code' ? pairingCode?.phoneNumber : undefined;
}

function isQueued(snapshot: SessionSnapshot): boolean {
  return snapshot.matches({ disconnected: 'queued' }) || snapshot.matches({ reconnecting: 'queued' });
}
