import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';

import { ensureError } from '../domain/errors.ts';
import { laneName, readLane, type Lane } from './lane.ts';

interface LaneQueueOptions {
  /** Short commands. */
  readonly redis: Redis;
  /** Blocks while it waits for work; closed by the queue. */
  readonly blocking: Redis;
  readonly prefix: string;
  /** Lanes that this process works on at once. */
  readonly concurrency: number;
  /** How long a dead process keeps a lane, and how often that is looked for. @defaultValue 10,000 and 3,000 ms */
  readonly failover?: { readonly lockMs: number; readonly stalledCheckMs: number } | undefined;
  readonly onError: (error: Error) => void;
}

const QUEUE = 'webhooks';
const FAILOVER = { lockMs: 10_000, stalledCheckMs: 3_000 };

/**
 * The lanes that have something to do, as jobs of one BullMQ queue. A lane is in it once; one that is woken while it is
 * worked on comes once more afterwards. So a lane is never worked on twice at once, and no waking is lost.
 */
export class LaneQueue {
  readonly #options: LaneQueueOptions;
  readonly #queue: Queue;
  readonly #worker: Worker;
  readonly #toWake = new Map<string, Lane>();
  #process: (lane: Lane) => Promise<void> = async () => undefined;
  #isFlushing = false;

  constructor(options: LaneQueueOptions) {
    const { redis, blocking, prefix, concurrency, failover = FAILOVER, onError } = options;
    this.#options = options;
    const bullPrefix = `${prefix}:bull`;
    this.#queue = new Queue(QUEUE, { connection: redis, prefix: bullPrefix, skipMetasUpdate: true });
    this.#worker = new Worker(QUEUE, (job) => this.#process(readLane(job.data.webhookId, job.data.lane)), {
      connection: blocking,
      prefix: bullPrefix,
      concurrency,
      autorun: false,
      lockDuration: failover.lockMs,
      stalledInterval: failover.stalledCheckMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    this.#queue.on('error', onError);
    this.#worker.on('error', onError);
  }

  /** Begins to take lanes. `process` must not reject. */
  start(process: (lane: Lane) => Promise<void>): void {
    this.#process = process;
    this.#worker.run().catch((error: unknown) => this.#options.onError(ensureError(error)));
  }

  /** Has these lanes looked at. What cannot be written down now is found by the next sweep. */
  wake(lanes: Iterable<Lane>): void {
    for (const lane of lanes) this.#toWake.set(`${lane.webhookId}|${laneName(lane)}`, lane);
    if (this.#isFlushing || this.#toWake.size === 0) return;
    this.#isFlushing = true;
    // What comes in the same turn goes in the same step.
    setImmediate(() => void this.#flush());
  }

  /** Takes no more lanes, and waits for those that are worked on. */
  async stop(): Promise<void> {
    await this.#worker.close().catch((error: unknown) => this.#options.onError(ensureError(error)));
    await this.#queue.close();
    this.#options.blocking.disconnect();
  }

  async #flush(): Promise<void> {
    try {
      while (this.#toWake.size > 0) {
        const lanes = [...this.#toWake];
        this.#toWake.clear();
        await this.#queue.addBulk(
          lanes.map(([id, lane]) => ({
            name: 'lane',
            data: { webhookId: lane.webhookId, lane: laneName(lane) },
            opts: {
              deduplication: { id, keepLastIfActive: true },
              removeOnComplete: true,
              removeOnFail: true,
            },
          })),
        );
      }
    } catch (error) {
      this.#options.onError(ensureError(error));
    } finally {
      this.#isFlushing = false;
    }
  }
}
