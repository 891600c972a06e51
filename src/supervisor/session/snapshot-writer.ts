import { FencedError } from '../../domain/errors.ts';
import type { OwnerSnapshot } from '../../store/ownership.ts';
import { throughOutages } from '../../store/through-outages.ts';

interface SnapshotWriterOptions {
  /** `number` grows with each snapshot, and is the same when one is written again because no answer came. */
  readonly persist: (snapshot: OwnerSnapshot, number: number) => Promise<unknown>;
  /** A newer owner has the session: nothing more will be written. */
  readonly onFenced: () => void;
  /** Called once for each outage, not for each try; and for each snapshot that is given up, by a fault of ours. */
  readonly onError: (error: unknown) => void;
}

/**
 * Writes a session's snapshots one after the other, in order, and goes on trying while the store is away. While it
 * waits, a snapshot that only renews the last one (a fresher QR) takes its place, so that a long outage does not grow a
 * long queue.
 */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions;
  readonly #pending: { readonly snapshot: OwnerSnapshot; readonly number: number }[] = [];
  readonly #stop = new AbortController();
  #last = '';
  #number = 0;
  #writing: Promise<void> | null = null;

  constructor(options: SnapshotWriterOptions) {
    this.#options = options;
  }

  /** Takes a snapshot to write; one that says what the last one said is dropped. */
  push(snapshot: OwnerSnapshot): void {
    // What it counts as is said once, with what it came with.
    const { event: _event, activity: _activity, codeFor: _codeFor, ...said } = snapshot;
    const text = JSON.stringify(said);
    if (text === this.#last || this.#stop.signal.aborted) return;
    this.#last = text;
    const waiting = this.#pending.at(-1)?.snapshot;
    if (this.#pending.length > 1 && waiting?.value === snapshot.value && waiting.event === snapshot.event)
      this.#pending.pop();
    this.#pending.push({ snapshot, number: (this.#number += 1) });
    this.#writing ??= this.#writeAll();
  }

  /** The next snapshot is written even where it says what the last one said. */
  renew(): void {
    this.#last = '';
  }

  /** Resolves when all that was pushed is written, or never will be. */
  async flushed(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  /** Writes nothing more. */
  stop(): void {
    this.#stop.abort();
  }

  async #writeAll(): Promise<void> {
    const { persist, onFenced, onError } = this.#options;
    const { signal } = this.#stop;
    try {
      for (let next = this.#pending[0]; next !== undefined && !signal.aborted; next = this.#pending[0]) {
        const { snapshot, number } = next;
        try {
          await throughOutages(() => persist(snapshot, number), { signal, onOutage: onError });
        } catch (error) {
          if (error instanceof FencedError) {
            this.stop();
            return onFenced();
          }
          if (signal.aborted) return;
          onError(error);
        }
        this.#pending.shift();
      }
    } finally {
      this.#writing = null;
    }
  }
}
