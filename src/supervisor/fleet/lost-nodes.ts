import { monotonicClock, type Clock } from '../../domain/clock.ts';
import { ensureError } from '../../domain/errors.ts';
import { every, type Recurring } from '../../domain/every.ts';
import type { LostSessions } from '../../store/lost-sessions.ts';
import { BEAT_MS, NODE_LOST_MS, NODE_TIMEOUT_MS, type NodeRegistry } from '../../store/nodes.ts';

interface LostNodesOptions {
  readonly nodes: Pick<NodeRegistry, 'heard' | 'living' | 'dismiss'>;
  readonly sessions: Pick<LostSessions, 'tellLost' | 'tellQueue'>;
  /** Monotonic. */
  readonly clock: Clock;
  readonly onLost: (nodeId: string, told: number) => void;
  readonly onError: (error: unknown) => void;
}

interface WatchLog {
  warn(fields: object, message: string): void;
}

/** Watches over the nodes of a fleet, from now on. */
export function watchNodes(
  { nodes, lostSessions }: { readonly nodes: NodeRegistry; readonly lostSessions: LostSessions },
  log: WatchLog,
): LostNodes {
  return new LostNodes({
    nodes,
    sessions: lostSessions,
    clock: monotonicClock,
    onLost: (lost, sessions) => log.warn({ lost, sessions }, 'a node has fallen silent: its sessions are told so'),
    onError: (error) => log.warn({ err: ensureError(error) }, 'the nodes of the fleet could not be looked at'),
  });
}

/** How much silence one look may add: while nobody could be heard, Redis being away, nobody was silent (ms). */
const MOST_A_LOOK_MS = 1.5 * BEAT_MS;

/** What was seen of a node: when it was heard of last, by Redis' clock, and how long it has been silent since, by ours. */
interface Seen {
  readonly heardAt: number;
  readonly silentMs: number;
  readonly told: boolean;
}

/**
 * Looks each second who beats. A node that has fallen silent is told of within five seconds: its sessions are
 * `reconnecting`, reason `node_lost`, long before another node may start them. Where no node lives at all, those that
 * wait are told so. Each process of the fleet looks, since the last one that is left may be one that runs no sessions.
 */
export class LostNodes {
  readonly #options: LostNodesOptions;
  readonly #looking: Recurring;
  #seen = new Map<string, Seen>();
  #lookedAt: number;
  #isDeserted: boolean | null = null;

  constructor(options: LostNodesOptions) {
    this.#options = options;
    const { clock, onError } = options;
    this.#lookedAt = clock.now();
    this.#looking = every(clock, BEAT_MS, () => this.#look(), { firstMs: 0, onError });
  }

  /** Whether no node lives that could run a session; `null` before that is known. */
  get isDeserted(): boolean | null {
    return this.#isDeserted;
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  async #look(): Promise<void> {
    const { nodes, clock } = this.#options;
    const { now, heardAt } = await nodes.heard();
    const lookedAt = clock.now();
    const passedMs = Math.min(MOST_A_LOOK_MS, lookedAt - this.#lookedAt);
    this.#lookedAt = lookedAt;
    const seen = new Map<string, Seen>();
    for (const [nodeId, at] of heardAt) {
      const before = this.#seen.get(nodeId);
      // One that was silent for long before anybody looked is none that Redis kept from being heard.
      const first = now - at >= NODE_TIMEOUT_MS ? Infinity : 0;
      const isSilent = before?.heardAt === at;
      const silentMs = isSilent ? before.silentMs + passedMs : before === undefined ? first : 0;
      seen.set(nodeId, { heardAt: at, silentMs, told: isSilent && before.told });
    }
    this.#seen = seen;
    for (const [nodeId, node] of seen) {
      if (isLost(node, now)) await this.#tell(nodeId, node, now);
    }
    await this.#tellQueue([...seen.values()].some((node) => !isLost(node, now)));
  }

  async #tell(nodeId: string, node: Seen, now: number): Promise<void> {
    const { nodes, sessions, onLost } = this.#options;
    if (!node.told) {
      onLost(nodeId, await sessions.tellLost(nodeId));
      this.#seen.set(nodeId, { ...node, told: true });
    }
    if (now - node.heardAt >= NODE_TIMEOUT_MS) await nodes.dismiss(nodeId);
  }

  async #tellQueue(isHeard: boolean): Promise<void> {
    const { nodes, sessions } = this.#options;
    // One of an older version is not heard each second.
    const lives = isHeard || (await nodes.living()).some(({ incarnation }) => incarnation === null);
    if (!lives) await sessions.tellQueue('held');
    else if (this.#isDeserted !== false) await sessions.tellQueue('free');
    this.#isDeserted = !lives;
  }
}

function isLost({ heardAt, silentMs }: Seen, now: number): boolean {
  return silentMs >= NODE_LOST_MS && now - heardAt >= NODE_LOST_MS;
}
