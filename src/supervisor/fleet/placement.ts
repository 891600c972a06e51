import type { Clock } from '../../domain/clock.ts';
import { every, type Recurring } from '../../domain/every.ts';
import type { FeedEvent } from '../../domain/events.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { EventFeed } from '../../store/event-feed.ts';
import type { StoredSession } from '../../store/session-hash.ts';
import type { MoveCause, Movable } from '../session/movable.ts';
import { shareOf, type Share, type Sharer } from './fair-share.ts';

/** A session that runs here, as far as its move to another node is concerned. */
interface Carried {
  readonly key: string;
  readonly address: SessionAddress;
  movable(): Movable;
  /** Gives the browser back, and the session to another node. */
  handOver(cause: MoveCause): void;
}

/** What the fleet has to do, and who is there to do it. */
export interface FleetLoad {
  /** This node. */
  readonly self: Sharer;
  readonly others: readonly Sharer[];
  readonly wanted: number;
  readonly interrupted: number;
}

/** How fast sessions move from node to node (ms). */
export interface MovePace {
  /** Between two looks at the fleet. */
  readonly lookMs: number;
  /** Between two sessions that move for a better balance. */
  readonly balanceMs: number;
  /** A session that has been ready for less than this, or had a message since, stays. */
  readonly settledMs: number;
  readonly idleMs: number;
  /** How old it may be what other nodes say that they carry. */
  readonly recordAgeMs: number;
}

export const MOVE_PACE: MovePace = {
  lookMs: 2_000,
  balanceMs: 10_000,
  settledMs: 600_000,
  idleMs: 60_000,
  recordAgeMs: 6_000,
};

interface PlacementOptions {
  readonly clock: Clock;
  /** By which sessions say since when they are ready. */
  readonly sessionClock: Clock;
  readonly feed: EventFeed;
  readonly load: () => Promise<FleetLoad>;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly queue: { setPlaces(places: number): void };
  readonly sessions: () => readonly Carried[];
  readonly pace?: Partial<MovePace>;
  readonly onError: (error: unknown) => void;
}

/** After a session was asked for, until the fleet is looked at: others may be asked for with it (ms). */
const GATHER_MS = 100;
/** A session that has not arrived after this long is waited for no more (ms). */
const ARRIVAL_MS = 30_000;

/**
 * Sees to it that this node carries its share of the fleet's sessions: takes no more than that, gives away what it has
 * too much, and everything when it is told to. A session moves only where there is room for it.
 */
export class Placement {
  readonly #options: PlacementOptions;
  readonly #pace: MovePace;
  readonly #unlisten: () => void;
  readonly #looking: Recurring;
  /** Sessions on their way to other nodes, and when they left. */
  readonly #onTheirWay = new Map<string, { readonly address: SessionAddress; readonly since: number }>();
  /** When sessions left that the records of other nodes may not show yet. */
  #left: readonly number[] = [];
  #gathering: unknown = null;
  #balancedAt = -Infinity;
  #hasStopped = false;

  constructor(options: PlacementOptions) {
    this.#options = options;
    this.#pace = { ...MOVE_PACE, ...options.pace };
    const { clock, feed, onError } = options;
    this.#unlisten = feed.listen((event) => this.#hear(event));
    this.#looking = every(clock, this.#pace.lookMs, () => this.look(), { firstMs: 0, onError });
  }

  /** Moves nothing any more. Resolves when a look under way has ended; never rejects. */
  async stop(): Promise<void> {
    this.#hasStopped = true;
    this.#unlisten();
    this.#options.clock.clearTimeout(this.#gathering);
    await this.#looking.stop();
  }

  /** Looks at the fleet, and takes or gives what follows from it. */
  async look(): Promise<void> {
    const { load, queue } = this.#options;
    const { self, others, ...work } = await load();
    this.#left = this.#left.filter((at) => this.#options.clock.now() - at < this.#pace.recordAgeMs);
    if (this.#hasStopped) return;

    const share = shareOf(self, others, work);
    queue.setPlaces(share.places);
    await this.#noteArrivals();
    if (self.isServing) this.#balance(share, work.interrupted);
    else this.#giveAll(share);
  }

  /** A session more is wanted: where its place is depends on all. */
  #hear({ type, ...event }: FeedEvent): void {
    if (type !== 'session.snapshot' || !('event' in event) || !event.event.startsWith('intent.')) return;
    const { clock, onError } = this.#options;
    if (this.#gathering !== null || this.#hasStopped) return;
    this.#gathering = clock.setTimeout(() => {
      this.#gathering = null;
      this.look().catch(onError);
    }, GATHER_MS);
  }

  /** One at a time, at rest, and none while a node is missing: what it leaves comes first. */
  #balance({ surplus, roomElsewhere }: Share, interrupted: number): void {
    const now = this.#options.clock.now();
    if (surplus === 0 || roomElsewhere <= this.#left.length || interrupted > 0 || this.#onTheirWay.size > 0) return;
    if (now - this.#balancedAt < this.#pace.balanceMs) return;
    const idle = this.#options.sessions().find((one) => this.#isIdle(one.movable()));
    if (idle === undefined) return;
    this.#balancedAt = now;
    this.#move(idle, 'node.rebalance');
  }

  /** One on its way for each node that receives: those that wait for nobody first, those that show a code not at all. */
  #giveAll({ receivers, roomElsewhere }: Share): void {
    const { sessions } = this.#options;
    const rank = { at_rest: 0, ready: 1, busy: 2, shows_code: 3 } as const;
    const carried = sessions()
      .map((one) => ({ one, rank: rank[one.movable().kind] }))
      .filter((of) => of.rank < rank.shows_code)
      .toSorted((a, b) => a.rank - b.rank);
    const free = Math.min(receivers - this.#onTheirWay.size, roomElsewhere - this.#left.length);
    for (const { one } of carried.slice(0, Math.max(0, free))) this.#move(one, 'node.drain');
  }

  #move(one: Carried, cause: MoveCause): void {
    const now = this.#options.clock.now();
    this.#left = [...this.#left, now];
    this.#onTheirWay.set(one.key, { address: one.address, since: now });
    one.handOver(cause);
  }

  #isIdle(movable: Movable): boolean {
    if (movable.kind !== 'ready' || !movable.isDurable) return false;
    const now = this.#options.sessionClock.now();
    return now - movable.readyAt >= this.#pace.settledMs && now - movable.lastMessageAt >= this.#pace.idleMs;
  }

  async #noteArrivals(): Promise<void> {
    const { clock, find } = this.#options;
    for (const [key, { address, since }] of this.#onTheirWay) {
      const stored = await find(address).catch(() => undefined);
      const hasArrived = stored === null || stored?.session.tags.includes('settled') === true;
      if (hasArrived || clock.now() - since >= ARRIVAL_MS) this.#onTheirWay.delete(key);
    }
  }
}
