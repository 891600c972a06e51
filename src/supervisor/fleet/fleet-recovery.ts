import type { Redis } from 'ioredis';

import { StoreUnavailableError } from '../../domain/errors.ts';
import { parseSessionKey, type SessionAddress } from '../../domain/session.ts';
import { RESTING_STATES } from '../../store/resting-states.ts';
import { reachStore } from '../../store/connection.ts';
import type { Keyspace } from '../../store/keys.ts';
import type { NodeRegistry } from '../../store/nodes.ts';
import type { Claim } from '../../store/ownership.ts';
import { EMPTY_DETAIL } from '../../store/session-hash.ts';
import type { StoredSession } from '../../store/session-hash.ts';
import type { SessionQueue } from '../../queue/session-queue.ts';

interface FleetRecoveryOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly nodes: NodeRegistry;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly claim: (address: SessionAddress) => Promise<Claim>;
  /** Hears of a session that could not be looked at: its fault keeps none of the others, and no node, from starting. */
  readonly onError: (error: unknown, key: string) => void;
}

/** Which sessions are to run, and what is to become of those whose node is dead. */
export class FleetRecovery {
  readonly #options: FleetRecoveryOptions;

  constructor(options: FleetRecoveryOptions) {
    this.#options = options;
  }

  /** Keys of the sessions that count as running, the last active first. */
  async active(): Promise<string[]> {
    const { redis, keys } = this.#options;
    return reachStore(() => redis.zrevrange(keys.active, 0, -1));
  }

  /** How many sessions count as running. */
  async activeCount(): Promise<number> {
    const { redis, keys } = this.#options;
    return reachStore(() => redis.zcard(keys.active));
  }

  async isActive(key: string): Promise<boolean> {
    const { redis, keys } = this.#options;
    return (await reachStore(() => redis.zscore(keys.active, key))) !== null;
  }

  /** Keys of the sessions that nobody runs but whose login is to be given up. */
  async pendingErasures(): Promise<string[]> {
    const { redis, keys } = this.#options;
    return reachStore(() => redis.smembers(keys.pendingErasures));
  }

  async isAlive(nodeId: string): Promise<boolean> {
    const living = await this.#options.nodes.living();
    return living.some((node) => node.nodeId === nodeId);
  }

  /**
   * Puts every active session in the queue whose node is dead, and says so in its record: what a dead node wrote last is no
   * longer true. `deadNodes` are names of processes that are dead, whatever their heartbeats say. Returns the keys of those that are to
   * run, in the order in which they will:
   *
   * 1. those that ran, in the order of last activity, whoever's they are: they have had their turn, and only go on;
   * 2. those that waited, in the order of the queue, which has outlived the restart;
   * 3. those that were asked for while no node lived: they join the queue now, the oldest first.
   *
   * Those that a dead node was to stop come last of all.
   */
  async restore(deadNodes: readonly string[], queue: SessionQueue): Promise<string[]> {
    const { nodes } = this.#options;
    const living = new Set((await nodes.living()).map((node) => node.nodeId));
    const [active, held, interrupted, placed] = await Promise.all([
      this.active(),
      queue.held(),
      queue.interrupted(),
      queue.placed(),
    ]);
    const began = new Set([...held, ...interrupted]);
    const waited = new Set(placed);
    const ran: string[] = [];
    const wanted = new Set<string>();
    const asked: string[] = [];
    for (const key of new Set([...active, ...held])) {
      const stored = await this.#find(key);
      const owner = stored?.intent.owner ?? null;
      if (stored === null || (owner !== null && living.has(owner) && !deadNodes.includes(owner))) continue;
      const isWanted = stored.intent.desired === 'running';
      if (isWanted) wanted.add(key);
      if (owner !== null) {
        if (isWanted) await this.#markQueued(stored);
        await queue.reclaim(key);
        if (isWanted) ran.push(key);
      } else if (isWanted && began.has(key)) {
        // Put in the queue anew for its place; a job that is held is being begun by a living node, and left alone.
        await queue.resume(key);
        ran.push(key);
      } else if (isWanted && !waited.has(key)) {
        asked.push(key);
      }
    }
    asked.reverse();
    for (const key of asked) await queue.enqueue(key);
    const resumed = new Set(ran);
    return [...ran, ...placed.filter((key) => wanted.has(key) && !resumed.has(key)), ...asked];
  }

  async #find(key: string): Promise<StoredSession | null> {
    try {
      return await this.#options.find(parseSessionKey(key));
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      this.#options.onError(error, key);
      return null;
    }
  }

  async #markQueued({ session, intent }: StoredSession): Promise<void> {
    const claim = await this.#options.claim(session);
    if (claim.kind !== 'claimed') return;
    const { phoneNumber, displayName, restarts, durable } = session;
    const reconnect = { ...EMPTY_DETAIL.reconnect, maxAttempts: session.reconnect.maxAttempts };
    await claim.ownership.persist({
      ...RESTING_STATES.queued,
      detail: { ...EMPTY_DETAIL, phoneNumber, displayName, restarts, durable, reconnect },
      event: 'node.died',
      handledSeq: intent.handledSeq,
      activity: 'same',
    });
    await claim.ownership.release(intent.intentSeq);
  }
}
