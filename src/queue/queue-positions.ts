import { setTimeout as sleep } from 'node:timers/promises';

import type { Redis } from 'ioredis';

import { RESTING_STATES } from '../store/resting-states.ts';
import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import { renumberQueue } from './scripts/renumber-queue.ts';

interface QueuePositionsOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Names of the queue's list of plain jobs and of its jobs with a place. */
  readonly jobs: { readonly interrupted: string; readonly placed: string };
  readonly onError: (error: unknown) => void;
}

/** A session that is taken within this time never shows a position (ms). */
const PATIENCE_MS = 200;
/** From one pass to the end of the next one's patience: a pass a second (ms). */
const REST_MS = 800;
/**
 * Sessions looked at in one step: other commands wait for Redis as long as it takes. As many at the head of the queue
 * are kept current each time.
 */
const CHUNK = 100;

/**
 * Shows those who wait in the queue how many are before them: a moment after the queue has moved, and at most once a second.
 * In a long queue those far behind move up less often, or their steps would fill the event stream: a thousand about
 * every ten seconds. Whoever is new is shown its position at once.
 */
export class QueuePositions {
  readonly #options: QueuePositionsOptions;
  readonly #stop = new AbortController();
  #hasMoved = false;
  /** Passes in which those far behind stay as they are. */
  #passesToSpare = 0;
  #passing: Promise<void> | null = null;

  constructor(options: QueuePositionsOptions) {
    this.#options = options;
  }

  /** The queue has moved, or may have. */
  queueMoved(): void {
    if (this.#stop.signal.aborted) return;
    this.#hasMoved = true;
    this.#passing ??= this.#passWhileMoving().finally(() => {
      this.#passing = null;
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#passing;
  }

  async #passWhileMoving(): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (this.#hasMoved) {
        await sleep(PATIENCE_MS, undefined, { signal });
        this.#hasMoved = false;
        await this.#pass();
        await sleep(REST_MS, undefined, { signal });
      }
    } catch (error) {
      // The next sweep tries again.
      if (!signal.aborted) this.#options.onError(error);
    }
  }

  async #pass(): Promise<void> {
    const { redis, keys, jobs } = this.#options;
    const names = { ...jobs, events: keys.events, wholeness: keys.wholeness };
    const isSpared = this.#passesToSpare > 0;
    let movedBehind = 0;
    for (let passed = 0, seen = CHUNK; seen === CHUNK && !this.#stop.signal.aborted; passed += CHUNK) {
      const args = {
        sessionPrefix: keys.session(''),
        eventsPrefix: keys.eventsOf(''),
        queued: RESTING_STATES.queued.value,
        skipped: passed,
        count: CHUNK,
        whom: isSpared && passed > 0 ? ('new' as const) : ('all' as const),
      };
      const [found, moved] = await reachStore(() => renumberQueue.run(redis, names, args));
      seen = found;
      if (passed > 0) movedBehind += moved;
    }
    this.#passesToSpare = isSpared ? this.#passesToSpare - 1 : Math.ceil(movedBehind / CHUNK);
    // What is behind now has to be made good.
    if (isSpared) this.#hasMoved = true;
  }
}
