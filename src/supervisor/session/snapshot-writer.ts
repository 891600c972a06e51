import { setTimeout as sleep } from 'node:timers/promises';

import { FencedError, StoreUnavailableError } from '../../domain/errors.ts';
import type { OwnerSnapshot } from '../../store/ownership.ts';

interface SnapshotPumpOptions {
  /** `number` grows with each snapshot, and is the same when one is written again because no answer came. */
  readonly persist: (snapshot: OwnerSnapshot, number: number) => Promise<unknown>;
  /** A newer owner has the session: nothing more will be written. */
  readonly onFenced: () => void;
  /** Called once for each outage, not for each try. */
  readonly onError: (error: unknown) => void;
}

/** Doubles with each try, up to the last. */
const RETRY_MS = { first: 250, last: 2_000 };

/**
 * Writes a session's snapshots one after the other, in order, and goes on trying while the store is away. While it
 * waits, a snapshot that only renews the last one (a fresher QR) takes its place, so that a long outage does not grow a
 * long queue.
 */
export class SnapshotWriter {
  readonly #options: SnapshotPumpOptions;
  readonly #pending: { readonly snapshot: OwnerSnapshot; readonly number: number }[] = [];
  readonly #stop = new AbortController();
  #last = '';
  #number = 0;
  #writering: Promise<void> | null = null;

  constructor(options: SnapshotPumpOptions) {
    this.#options = options;
  }

  /** Takes a snapshot to write; one that says what the last one said is dropped. */
  push(snapshot: OwnerSnapshot): void {
    const { event: _, ...said } = snapshot;
    const text = JSON.stringify(said);
    if (text === this.#last || this.#stop.signal.aborted) return;
    this.#last = text;
    const waiting = this.#pending.at(-1)?.snapshot;
    if (this.#pending.length > 1 && waiting?.value === snapshot.value && waiting.event === snapshot.event)
      this.#pending.pop();
    this.#pending.push({ snapshot, number: (this.#number += 1) });
    this.#writering ??= this.#writer();
  }

  /** Resolves when all that was pushed is written, or never will be. */
  async flushed(): Promise<void> {
    while (this.#writering !== null) await this.#writering;
  }

  /** Writes nothing more. */
  stop(): void {
    this.#stop.abort();
  }

  async #writer(): Promise<void> {
    const { persist, onFenced, onError } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    try {
      for (let next = this.#pending[0]; next !== undefined && !signal.aborted; next = this.#pending[0]) {
        try {
          await persist(next.snapshot, next.number);
          this.#pending.shift();
          failures = 0;
        } catch (error) {
          if (error instanceof FencedError) {
            this.stop();
            onFenced();
            return;
          }
          const isAway = error instanceof StoreUnavailableError;
          if (failures === 0 || !isAway) onError(error);
          if (!isAway) this.#pending.shift();
          await sleep(Math.min(RETRY_MS.last, RETRY_MS.first * 2 ** failures), undefined, { signal }).catch(
            () => undefined,
          );
          failures += 1;
        }
      }
    } finally {
      this.#writering = null;
    }
  }
}
