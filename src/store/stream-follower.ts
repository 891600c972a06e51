import { setTimeout as delay } from 'node:timers/promises';

import type { Redis } from 'ioredis';

interface StreamFollowerOptions {
  /** A connection of its own, for the one blocking read. Closed by the follower. */
  readonly blocking: Redis;
  /** The stream. */
  readonly key: string;
  readonly onEntry: (position: string, flat: readonly string[]) => void;
  readonly onError: (error: unknown) => void;
  /** How long one read waits for entries, in milliseconds. @defaultValue 5,000 */
  readonly blockMs?: number | undefined;
}

const RETRY_MS = 200;
/** How late the answer to a waiting read may be. */
const OVERDUE_MS = 5_000;
const CHUNK = 500;

/** Tells each entry that a stream gets from a position on, once and in order, over outages of Redis. */
export class StreamFollower {
  readonly #options: StreamFollowerOptions;
  readonly #stop = new AbortController();
  #following: Promise<void> = Promise.resolve();

  constructor(options: StreamFollowerOptions) {
    this.#options = options;
  }

  /** Begins behind `position`. */
  start(position: string): void {
    const aborted = new Promise<void>((resolve) =>
      this.#stop.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    // A read that waits for a reconnect is never settled once its connection is closed for good.
    this.#following = Promise.race([this.#follow(position), aborted]);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#options.blocking.disconnect();
    await this.#following;
  }

  async #follow(begin: string): Promise<void> {
    const { onEntry, onError } = this.#options;
    const { signal } = this.#stop;
    let position = begin;
    while (!signal.aborted) {
      try {
        const reply = await this.#read(position);
        if (signal.aborted) return;
        for (const [, entries] of reply ?? []) {
          for (const [id, flat] of entries) {
            position = id;
            onEntry(id, flat);
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /**
   * Waits for entries. A connection that has died in silence gives no answer and no error: one that is overdue is
   * closed, and opened anew.
   */
  async #read(position: string) {
    const { blocking, key, blockMs = 5_000 } = this.#options;
    const overdue = setInterval(() => blocking.disconnect(true), blockMs + OVERDUE_MS);
    const endOverdue = (): void => clearInterval(overdue);
    this.#stop.signal.addEventListener('abort', endOverdue, { once: true });
    try {
      return await blocking.xread('COUNT', CHUNK, 'BLOCK', blockMs, 'STREAMS', key, position);
    } finally {
      endOverdue();
      this.#stop.signal.removeEventListener('abort', endOverdue);
    }
  }
}
