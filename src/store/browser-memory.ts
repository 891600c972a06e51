import type { Redis } from 'ioredis';
import { z } from 'zod';

import { parseSessionKey, type Session, type SessionAddress } from '../domain/session.ts';
import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';
import type { NodeRegistry } from './nodes.ts';

/**
 * What a session's browser holds: bytes of all its processes, read at `at` (ms since 1970, by the clock of its
 * session's record).
 */
export interface MemoryReading extends SessionAddress {
  readonly bytes: number;
  readonly at: number;
}

/** Bytes by session key, of browsers that were looked at together. */
export type MemorySizes = ReadonlyMap<string, number>;

interface BrowserMemoryOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly nodes: Pick<NodeRegistry, 'living'>;
  /**
   * The sessions as they are now, in the order of the addresses; `null` for one that is not. Throws {@link
   * StoreUnavailableError}.
   */
  readonly findAll: (addresses: readonly SessionAddress[]) => Promise<readonly (Session | null)[]>;
}

/** A node that has not told for this long tells no more: a number is new, or there is none. */
const KEPT_MS = 45_000;

const reportSchema = z.object({ at: z.number(), bytes: z.record(z.string(), z.int().nonnegative()) });

/**
 * What the nodes tell of the memory of their browsers. It stands beside the sessions' records and not in them: it
 * changes all the time, and is no event. Each node writes under its own name only.
 */
export class BrowserMemory {
  readonly #options: BrowserMemoryOptions;

  constructor(options: BrowserMemoryOptions) {
    this.#options = options;
  }

  /** Replaces what the node told before; of no browser, forgets it. Throws {@link StoreUnavailableError}. */
  async tell(nodeId: string, at: number, sizes: MemorySizes): Promise<void> {
    const { redis, keys } = this.#options;
    const key = keys.memory(nodeId);
    const report: z.infer<typeof reportSchema> = { at, bytes: Object.fromEntries(sizes) };
    await reachStore<unknown>(() =>
      sizes.size === 0 ? redis.del(key) : redis.set(key, JSON.stringify(report), 'PX', KEPT_MS),
    );
  }

  /**
   * Of one user's sessions, or of everybody's (`null`), those whose memory is known, in the order of their keys. Only
   * of the browser that the session has now: what was read before the session's last change, or by a node that no
   * longer has it, is left out. Throws {@link StoreUnavailableError}.
   */
  async read(userId: string | null): Promise<MemoryReading[]> {
    const told = (await this.#told())
      .filter((reading) => userId === null || reading.userId === userId)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    if (told.length === 0) return [];
    const sessions = await this.#options.findAll(told);
    return told.flatMap(({ userId: owner, id, bytes, at, nodeId }, index) => {
      const session = sessions[index];
      const isOfItsBrowser = session?.state === 'ready' && session.nodeId === nodeId && Date.parse(session.since) <= at;
      return isOfItsBrowser ? [{ userId: owner, id, bytes, at }] : [];
    });
  }

  async #told(): Promise<Told[]> {
    const { redis, keys, nodes } = this.#options;
    const living = (await nodes.living()).map(({ nodeId }) => nodeId);
    if (living.length === 0) return [];
    const reports = await reachStore(() => redis.mget(living.map((nodeId) => keys.memory(nodeId))));
    return living.flatMap((nodeId, index) => parseReport(nodeId, reports[index] ?? null));
  }
}

interface Told extends MemoryReading {
  readonly key: string;
  readonly nodeId: string;
}

/** Nothing for what another version wrote: a number that is not understood is not known. */
function parseReport(nodeId: string, text: string | null): Told[] {
  if (text === null) return [];
  try {
    const { at, bytes } = reportSchema.parse(JSON.parse(text));
    return Object.entries(bytes).map(([key, size]) => {
      const { userId, id } = parseSessionKey(key);
      return { userId, id, key, nodeId, bytes: size, at };
    });
  } catch {
    return [];
  }
}
