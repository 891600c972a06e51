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
  /** @defaultValue a pass a second, and ten seconds */
  readonly pace?: QueuePace;
  readonly onError: (error: unknown) => void;
}

/** How often positions are shown (ms). */
interface QueuePace {
  /** From one pass to the end of the next one's patience. */
  readonly restMs: number;
  /** From one pass over those behind the head to the next, whichever node makes it. */
  readonly tailMs: number;
}
const PACE: QueuePace = { restMs: 800, tailMs: 10_000 };

/** A session that is taken within this time never shows a position (ms). */
const PATIENCE_MS = 200;
/** As many at the head of the queue are kept current at each pass. */
const HEAD = 10;
/** Sessions looked at in one step: other commands wait for Redis as long as it takes. */
const CHUNK = 100;
/** Events that may be told of those behind the head within one `tailMs`; a longer queue waits as much longer. */
const TOLD_AT_ONCE = 300;

/**
 * Shows those who wait in the queue how many are before them: a moment after the queue has moved, and at most once a second.
 * Those behind the head move up every ten seconds at most, and less often in a long queue, or their steps would fill the
 * event stream: of three thousand each is told every hundred seconds. Whoever is new is shown its position at once.
 */
export class QueuePositions {
  readonly #options: QueuePositionsOptions;
  readonly #pace: QueuePace;
  readonly #stop = new AbortController();
  #hasMoved = false;
  #passing: Promise<void> | null = null;

  constructor(options: QueuePositionsOptions) {
    this.#options = options;
    this.#pace = options.pace ?? PACE;
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
        await sleep(this.#pace.restMs, undefined, { signal });
      }
    } catch (error) {
      // The next sweep tries again.
      if (!signal.aborted) this.#options.onError(error);
    }
  }

  async #pass(): Promise<void> {
    const head = await this.#show({ skipped: 0, count: HEAD, whom: 'all' });
    if (head.found < HEAD) return;
    const { redis, keys } = this.#options;
    const { tailMs } = this.#pace;
    // Whoever comes first, of all nodes.
    const isTurn = (await reachStore(() => redis.set(keys.queueTail, '1', 'PX', tailMs, 'NX'))) === 'OK';
    const whom = isTurn ? 'all' : 'new';
    let toldInAll = 0;
    for (let skipped = HEAD, found = CHUNK; found === CHUNK && !this.#stop.signal.aborted; skipped += CHUNK) {
      const step = await this.#show({ skipped, count: CHUNK, whom });
      found = step.found;
      toldInAll += step.told;
    }
    // What is behind now has to be made good.
    if (!isTurn) this.#hasMoved = true;
    else if (toldInAll > TOLD_AT_ONCE)
      await reachStore(() => redis.set(keys.queueTail, '1', 'PX', Math.ceil((toldInAll / TOLD_AT_ONCE) * tailMs)));
  }

  async #show(part: { skipped: number; count: number; whom: 'all' | 'new' }): Promise<{ found: number; told: number }> {
    const { redis, keys, jobs } = this.#options;
    const names = { ...jobs, events: keys.events, wholeness: keys.wholeness };
    const [found, told] = await reachStore(() =>
      renumberQueue.run(redis, names, {
        sessionPrefix: keys.session(''),
        eventsPrefix: keys.eventsOf(''),
        queued: RESTING_STATES.queued.value,
        ...part,
      }),
    );
    return { found, told };
  }
}
