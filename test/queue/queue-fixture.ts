import type { Clock } from '../../src/domain/clock.ts';
import { parseSessionKey } from '../../src/domain/session.ts';
import { connectRedis } from '../../src/store/connection.ts';
import { SessionQueue, type WorkResult } from '../../src/queue/session-queue.ts';
import type { StoreFixture } from '../store/store-fixture.ts';

/** A node that takes sessions and holds them until the test ends them; nothing is launched. */
export class QueueNode {
  readonly queue: SessionQueue;
  /** The sessions that were taken, in order. */
  readonly taken: string[] = [];
  /** Those whose lease was lost, in order. */
  readonly lost: string[] = [];
  readonly #running = new Map<string, (result: WorkResult) => void>();
  readonly #redis;

  constructor(
    fixture: StoreFixture,
    capacity: number,
    failover?: { readonly lockMs: number; readonly stalledCheckMs: number },
    leaseClock?: Clock,
  ) {
    const quiet = () => undefined;
    this.#redis = connectRedis(fixture.server.address, 'commands', quiet);
    this.queue = new SessionQueue({
      redis: this.#redis,
      blocking: connectRedis(fixture.server.address, 'blocking', quiet),
      prefix: fixture.keys.prefix,
      capacity,
      ...(failover !== undefined && { failover }),
      ...(leaseClock !== undefined && { leaseClock }),
      onError: quiet,
    });
  }

  /** Begins to take sessions. */
  start(): void {
    this.queue.start({
      run: (key, { lost }) => {
        this.taken.push(key);
        lost.addEventListener('abort', () => this.lost.push(key));
        return new Promise((resolve) => this.#running.set(key, resolve));
      },
      freed: () => undefined,
    });
  }

  get running(): string[] {
    return [...this.#running.keys()];
  }

  end(key: string, result: WorkResult = 'done'): void {
    this.#running.get(key)?.(result);
    this.#running.delete(key);
  }

  async close(): Promise<void> {
    this.queue.pause();
    for (const key of this.running) this.end(key);
    await this.queue.close();
    this.#redis.disconnect();
  }
}

/** Users of a list of keys, in order. */
export function usersOf(keys: readonly string[]): string[] {
  return keys.map((key) => parseSessionKey(key).userId);
}
