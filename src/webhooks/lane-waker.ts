import type { Redis } from 'ioredis';

import type { Clock } from '../domain/clock.ts';
import { every, type Recurring } from '../domain/every.ts';
import { sessionKey } from '../domain/session.ts';
import type { EventFeed } from '../store/event-feed.ts';
import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import { endpointKeys } from './endpoint-keys.ts';
import { readLane, splitFullName, type Lane } from './lane.ts';
import { endTurn } from './scripts/end-turn.ts';
import { findIdleLanes } from './scripts/find-idle-lanes.ts';

interface LaneWakerOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly feed: Pick<EventFeed, 'listen'>;
  readonly endpointsOf: (userId: string) => Promise<readonly string[]>;
  /** By which retries are due. */
  readonly clock: Clock;
  readonly wake: (lanes: readonly Lane[]) => void;
  readonly onError: (error: unknown) => void;
}

const SWEEP_MS = 5_000;
const DUE_MS = 500;
const CHUNK = 100;
/** A lane that was woken has this long to begin before it is woken again (ms). */
const PATIENCE_MS = 10_000;
/** How long a user's endpoints are taken for known: a new one is woken by the sweep at the latest (ms). */
const KNOWN_MS = 1_000;

/**
 * Wakes lanes that have something to do: at once when an event comes, when a retry is due, and whatever was missed by a
 * sweep. Every process does, for all lanes: waking one twice does nothing.
 */
export class LaneWaker {
  readonly #options: LaneWakerOptions;
  readonly #known = new Map<string, { readonly until: number; readonly ids: Promise<readonly string[]> }>();
  #recurring: readonly Recurring[] = [];
  #unlisten: () => void = () => undefined;

  constructor(options: LaneWakerOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, feed, onError } = this.#options;
    this.#unlisten = feed.listen((event) => void this.#hear(event.userId, event.sessionId));
    this.#recurring = [
      every(clock, SWEEP_MS, () => this.sweep(), { firstMs: 1, onError }),
      every(clock, DUE_MS, () => this.#wakeDue(), { firstMs: 1, onError }),
    ];
  }

  /** The user's endpoints have changed. */
  forget(userId: string): void {
    this.#known.delete(userId);
  }

  /** Finds lanes that are behind and that nobody has woken. Throws `StoreUnavailableError`. */
  async sweep(): Promise<void> {
    const { redis, keys, wake } = this.#options;
    const names = { heads: keys.webhookHeads, behind: keys.webhookBehind, due: keys.webhookDue };
    const crowded = new Set<string>();
    let cursor = '0';
    do {
      const from = cursor;
      const [next, sessions] = await reachStore(() => redis.sscan(keys.webhookBehind, from, 'COUNT', CHUNK));
      cursor = next;
      const args = { prefix: `${keys.prefix}:`, sessions };
      const [idle, full] = await reachStore(() => findIdleLanes.run(redis, names, args));
      wake(idle.map(toLane));
      for (const webhookId of full) crowded.add(webhookId);
    } while (cursor !== '0');
    for (const webhookId of crowded) await this.#wakeWaiting(webhookId);
  }

  async stop(): Promise<void> {
    this.#unlisten();
    await Promise.all(this.#recurring.map((one) => one.stop()));
  }

  async #hear(userId: string, id: string): Promise<void> {
    try {
      const ids = await this.#endpointsOf(userId);
      const key = sessionKey({ userId, id });
      this.#options.wake(ids.map((webhookId) => ({ webhookId, kind: 'live', sessionKey: key })));
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #endpointsOf(userId: string): Promise<readonly string[]> {
    const now = performance.now();
    const known = this.#known.get(userId);
    if (known !== undefined && known.until > now) return known.ids;
    if (this.#known.size > 10_000) this.#known.clear();
    const ids = this.#options.endpointsOf(userId);
    this.#known.set(userId, { until: now + KNOWN_MS, ids });
    // Asked again where it failed.
    ids.catch(() => this.#known.delete(userId));
    return ids;
  }

  async #wakeDue(): Promise<void> {
    const { redis, keys, clock, wake } = this.#options;
    for (;;) {
      const now = clock.now();
      const due = await reachStore(() => redis.zrangebyscore(keys.webhookDue, '-inf', now, 'LIMIT', 0, CHUNK));
      const lanes: Lane[] = [];
      for (const full of due) {
        const { webhookId, name } = splitFullName(full);
        if (name === '!') {
          await reachStore(() => redis.zrem(keys.webhookDue, full));
          await this.#wakeWaiting(webhookId);
        } else {
          await reachStore(() => redis.zadd(keys.webhookDue, 'XX', now + PATIENCE_MS, full));
          lanes.push(readLane(webhookId, name));
        }
      }
      wake(lanes);
      if (due.length < CHUNK) return;
    }
  }

  async #wakeWaiting(webhookId: string): Promise<void> {
    const { redis, keys, clock, wake } = this.#options;
    const names = endpointKeys(keys, webhookId, '');
    const waiting = await reachStore(() => endTurn.run(redis, names, { lane: '', now: clock.now() }));
    wake(waiting.map((name) => readLane(webhookId, name)));
  }
}

function toLane(full: string): Lane {
  const { webhookId, name } = splitFullName(full);
  return readLane(webhookId, name);
}
