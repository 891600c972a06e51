import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';

import { ensureError } from '../domain/errors.ts';
import { laneName, readLane, type Lane } from './lane.ts';

interface LaneQueueOptions {
  /** Short commands. */
  readonly redis: Redis;
  /** Opens a connection that blocks while it waits for work; closed by the queue. */
  readonly connect: () => Redis;
  readonly prefix: string;
  /** Lanes that this process works on at once. */
  readonly concurrency: number;
  /** How long a dead process keeps a lane, and how often that is looked for. @defaultValue 10,000 and 3,000 ms */
  readonly failover?: { readonly lockMs: number; readonly stalledCheckMs: number } | undefined;
  readonly onError: (error: Error) => void;
}

interface JobData {
  readonly webhookId: string;
  readonly lane: string;
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
  #worker: Worker | null = null;
  #blocking: Redis | null = null;
  readonly #toWake = new Map<string, Lane>();
  #isFlushing = false;

  constructor(options: LaneQueueOptions) {
    const { redis, prefix, onError } = options;
    this.#options = options;
    this.#queue = new Queue(QUEUE, { connection: redis, prefix: `${prefix}:bull`, skipMetasUpdate: true });
    this.#queue.on('error', onError);
  }

  /** Begins to take lanes. `process` must not reject. */
  start(process: (lane: Lane) => Promise<void>): void {
    const { connect, prefix, concurrency, failover = FAILOVER, onError } = this.#options;
    this.#blocking = connect();
    this.#worker = new Worker<JobData>(QUEUE, ({ data }) => process(readLane(data.webhookId, data.lane)), {
      connection: this.#blocking,
      prefix: `${prefix}:bull`,
      concurrency,
      autorun: false,
      lockDuration: failover.lockMs,
      stalledInterval: failover.stalledCheckMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    this.#worker.on('error', onError);
    this.#worker.run().catch((error: unknown) => onError(ensureError(error)));
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
    await this.#worker?.close().catch((error: unknown) => this.#options.onError(ensureError(error)));
    await this.#queue.close();
    this.#blocking?.disconnect();
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
