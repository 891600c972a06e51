import { setTimeout as sleep } from 'node:timers/promises';

import type { FeedEvent } from '../../domain/events.ts';
import { parseSessionKey, sessionKey, type SessionAddress } from '../../domain/session.ts';
import type { EventFeed } from '../../store/event-feed.ts';
import type { StoredSession } from '../../store/session-hash.ts';
import type { FleetRecovery } from './fleet-recovery.ts';
import type { SessionQueue } from '../../queue/session-queue.ts';

interface LookoutOptions {
  readonly nodeId: string;
  readonly feed: EventFeed;
  readonly roster: FleetRecovery;
  readonly queue: SessionQueue;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  /** Wakes whoever runs the session here; `false` when nobody does. */
  readonly wake: (key: string) => boolean;
  /** Takes a session without a place in line. */
  readonly take: (key: string) => Promise<unknown>;
  /** Whether its job is held here. */
  readonly isPlaced: (key: string) => boolean;
  /** Says that this node lives. */
  readonly beat: () => Promise<void>;
  readonly sweepMs: number;
  readonly onError: (error: unknown, message: string) => void;
}

/**
 * Hears what is asked of sessions and sees to it that somebody acts upon it; looks again at regular intervals for what
 * a lost wake-up or a crash left behind.
 */
export class IntentWatcher {
  readonly #options: LookoutOptions;
  readonly #stop = new AbortController();
  readonly #unlisten: () => void;
  readonly #sweeping: Promise<void>;

  constructor(options: LookoutOptions) {
    this.#options = options;
    this.#unlisten = options.feed.listen((event) => this.#hear(event));
    this.#sweeping = this.#sweepForEver();
  }

  /** Hears nothing any more; resolves when a sweep under way has ended. */
  async close(): Promise<void> {
    this.#unlisten();
    this.#stop.abort();
    await this.#sweeping;
  }

  /** Something may be wanted of this session: wake who runs it, or see to it that somebody does. */
  attend(key: string): void {
    const { wake, onError } = this.#options;
    if (wake(key) || this.#stop.signal.aborted) return;
    this.#attendUnowned(key).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) onError(error, 'a session that nobody runs could not be attended to');
    });
  }

  #hear(event: FeedEvent): void {
    if (event.type !== 'session.snapshot' || !event.event.startsWith('intent.') || event.event === 'intent.handled')
      return;
    this.attend(sessionKey({ userId: event.userId, id: event.sessionId }));
  }

  async #attendUnowned(key: string): Promise<void> {
    const { find, roster, queue, take, nodeId } = this.#options;
    const stored = await find(parseSessionKey(key));
    if (stored === null) return;
    const { intent } = stored;
    const isOwned = intent.owner !== null && intent.owner !== nodeId && (await roster.isAlive(intent.owner));
    if (isOwned) return;
    if (intent.desired === 'deleted' || intent.logout > intent.erased) {
      // Giving up a login needs no place in line: nothing is launched for it.
      await take(key);
    } else if (intent.desired === 'running') {
      if (await roster.isActive(key)) await queue.enqueue(key);
    } else {
      await queue.withdraw(key);
    }
  }

  async #sweepForEver(): Promise<void> {
    const { sweepMs, beat, onError } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(sweepMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await beat();
        await this.#sweep();
      } catch (error) {
        onError(error, 'a sweep failed');
      }
    }
  }

  async #sweep(): Promise<void> {
    const { roster, queue, isPlaced } = this.#options;
    const active = await roster.active();
    await queue.enqueueMissing(active.filter((key) => !isPlaced(key)));
    for (const key of await roster.chores()) this.attend(key);
  }
}
