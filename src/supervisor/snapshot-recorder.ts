import type { Clock } from '../domain/clock.ts';
import { stateOf, type SessionState } from '../domain/session.ts';
import type { SessionSnapshot } from './session-actor.ts';
import { projectSnapshot } from './snapshot-projection.ts';
import type { SnapshotPump } from './snapshot-pump.ts';

interface SnapshotRecorderOptions {
  readonly pump: SnapshotPump;
  readonly clock: Clock;
  /** The session came (`from: null`), moved, or went (`to: null`). */
  readonly onMove: (from: SessionState | null, to: SessionState | null) => void;
  /** It has a new value. */
  readonly onValue: (value: string, event: string) => void;
}

/** What led to a snapshot, and what has been done about requests. */
interface Occasion {
  readonly event: string;
  readonly handled: number;
  /** Number of the logout under way. */
  readonly loggingOut: number | null;
}

/** Turns what an actor is into what is written about it: adds when things happened, and tells who moved where. */
export class SnapshotRecorder {
  readonly #options: SnapshotRecorderOptions;
  #value = '';
  #state: SessionState | null = null;
  #enteredAt: number;
  #fault: unknown = null;
  #faultAt: number;

  constructor(options: SnapshotRecorderOptions) {
    this.#options = options;
    this.#enteredAt = this.#faultAt = options.clock.now();
  }

  /** Hands the snapshot to the pump, which drops one that says nothing new. An actor that has not begun says nothing at all. */
  record(snapshot: SessionSnapshot, { event, handled, loggingOut }: Occasion): void {
    if (snapshot.matches({ disconnected: 'never_started' })) return;
    const scanned = this.#value.startsWith('waiting_qr') && event === 'browser.authenticated';
    const projected = this.#project(snapshot, event);
    this.#options.pump.push({
      ...projected,
      event,
      handled,
      activity: snapshot.hasTag('at_rest') ? 'settled' : scanned ? 'active' : 'same',
      erased: snapshot.matches({ disconnected: 'logged_out' }) ? (loggingOut ?? undefined) : undefined,
    });
  }

  /** The machine failed: says so, and that it stays so until somebody starts the session. */
  recordError(snapshot: SessionSnapshot, handled: number): void {
    const now = this.#options.clock.now();
    const { detail } = projectSnapshot(snapshot, { enteredAt: now, faultAt: now });
    const lastError = { code: 'INTERNAL', message: 'The session’s machine failed.', at: new Date(now).toISOString() };
    this.#options.pump.push({
      value: 'failed.parked',
      reason: 'internal_error',
      tags: ['settled', 'at_rest'],
      detail: { ...detail, qr: null, pairingCode: null, lastError },
      event: 'machine.errored',
      handled,
      activity: 'settled',
    });
  }

  /** The session is no longer this node's. */
  end(): void {
    if (this.#state !== null) this.#options.onMove(this.#state, null);
    this.#state = null;
  }

  #project(snapshot: SessionSnapshot, event: string): ReturnType<typeof projectSnapshot> {
    const { clock, onMove, onValue } = this.#options;
    const now = clock.now();
    if (snapshot.context.fault !== this.#fault) {
      this.#fault = snapshot.context.fault;
      this.#faultAt = now;
    }
    const projected = projectSnapshot(snapshot, { enteredAt: this.#enteredAt, faultAt: this.#faultAt });
    if (projected.value === this.#value) return projected;
    this.#value = projected.value;
    this.#enteredAt = now;
    onValue(projected.value, event);
    const state = stateOf(projected.value);
    if (state !== this.#state) onMove(this.#state, state);
    this.#state = state;
    return projectSnapshot(snapshot, { enteredAt: now, faultAt: this.#faultAt });
  }
}
