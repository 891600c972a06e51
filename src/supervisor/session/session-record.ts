import type { Clock } from '../../domain/clock.ts';
import type { SessionAddress, SessionState } from '../../domain/session.ts';
import type { Ownership, ToldCounts, ToldMessages } from '../../store/ownership.ts';
import type { SessionIntent } from '../../domain/session-intent.ts';
import { LOST_STATE } from '../../store/resting-states.ts';
import type { StoredSession } from '../../store/session-hash.ts';
import { throughOutages } from '../../store/through-outages.ts';
import { SnapshotRecorder } from './snapshot-recorder.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

interface SessionRecordOptions {
  readonly address: SessionAddress;
  readonly ownership: Ownership;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly clock: Clock;
  /** The session came (`from: null`), moved, or went (`to: null`). */
  readonly onMove: (from: SessionState | null, to: SessionState | null, event: string) => void;
  /** It has a new value. */
  readonly onValue: (value: string, event: string) => void;
  /** A newer owner has the session: nothing more will be written. */
  readonly onFenced: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * The record of a session while this node owns it. What is read and written goes on through outages of the store, until
 * `end`; it rejects with a `FencedError` once a newer owner has the session.
 */
export class SessionRecord {
  readonly snapshots: Pick<SnapshotRecorder, 'record' | 'recordPosition' | 'recordError'>;
  readonly #options: SessionRecordOptions;
  readonly #recorder: SnapshotRecorder;
  readonly #writer: SnapshotWriter;
  readonly #over = new AbortController();

  constructor(options: SessionRecordOptions) {
    const { ownership, clock, onMove, onValue, onFenced, onError } = options;
    this.#options = options;
    this.#writer = new SnapshotWriter({
      persist: (snapshot, number) => ownership.persist(snapshot, number),
      onFenced,
      onError,
    });
    this.#recorder = new SnapshotRecorder({ writer: this.#writer, clock, onMove, onValue });
    this.snapshots = this.#recorder;
  }

  /** The session's number of ownership: only the newest may write. */
  get epoch(): number {
    return this.#options.ownership.epoch;
  }

  /** What is desired now; `null` when somebody else has the session, or the record is gone. */
  async readIntent(): Promise<SessionIntent | null> {
    const stored = await this.#reach(() => this.#options.find(this.#options.address));
    if (stored?.intent.epoch !== this.epoch) return null;
    // Others took this node for lost.
    if (stored.session.reason === LOST_STATE.reason) this.#recorder.recordAgain('node.returned');
    return stored.intent;
  }

  /** Tells what was heard of its messages. One try. */
  tell(messages: ToldMessages): Promise<ToldCounts> {
    return this.#options.ownership.tell(messages);
  }

  /** Rejects unless the session is still this owner's. One try. */
  async confirm(checkLease: () => void): Promise<void> {
    checkLease();
    await this.#options.ownership.confirm();
    checkLease();
  }

  /** Lets go. `wanted`: there is an intent newer than `handledSeq`, so the session is kept. */
  release(handledSeq: number): Promise<'released' | 'wanted'> {
    return this.#reach(() => this.#options.ownership.release(handledSeq));
  }

  /** Destroys record and history. `stillListed`: WhatsApp could not be told. */
  remove(stillListed: boolean): Promise<void> {
    return this.#reach(() => this.#options.ownership.remove(stillListed));
  }

  /** Resolves when every snapshot is written, or never will be. */
  flushed(): Promise<void> {
    return this.#writer.flushed();
  }

  /** Writes no snapshot more, and waits for the store no longer. */
  close(): void {
    this.#over.abort();
    this.#writer.stop();
  }

  /** The session is no longer this node's. */
  end(): void {
    this.#recorder.end();
  }

  #reach<T>(call: () => Promise<T>): Promise<T> {
    return throughOutages(call, { signal: this.#over.signal });
  }
}
