import type { Clock } from '../../domain/clock.ts';
import type { FeedEvent } from '../../domain/events.ts';
import type { SessionIntent } from '../../domain/session-intent.ts';
import { every, type Recurring } from '../../domain/every.ts';
import { parseSessionKey, sessionKey, type SessionAddress } from '../../domain/session.ts';
import type { SessionQueue } from '../../queue/session-queue.ts';
import type { EventFeed } from '../../store/event-feed.ts';
import type { StoredSession } from '../../store/session-hash.ts';
import type { FleetRecovery } from './fleet-recovery.ts';
import type { OwnedSessions } from './owned-sessions.ts';

interface IntentWatcherOptions {
  readonly nodeId: string;
  readonly feed: EventFeed;
  readonly recovery: FleetRecovery;
  readonly queue: SessionQueue;
  readonly find: (address: SessionAddress) => Promise<StoredSession | null>;
  readonly clock: Clock;
  readonly sessions: Pick<OwnedSessions, 'get' | 'take' | 'holdsJob'>;
  /** A sweep begins. */
  readonly onSweep: () => Promise<void>;
  readonly sweepMs: number;
  readonly onError: (error: unknown, message: string) => void;
}

/**
 * Hears what is intended with sessions and sees to it that somebody acts upon it; looks again at regular intervals for
 * what a lost wake-up or a crash left behind.
 */
export class IntentWatcher {
  readonly #options: IntentWatcherOptions;
  readonly #unlisten: () => void;
  readonly #sweeping: Recurring;
  #hasClosed = false;

  constructor(options: IntentWatcherOptions) {
    this.#options = options;
    const { feed, clock, sweepMs, onSweep, onError } = options;
    this.#unlisten = feed.listen((event) => this.#hear(event));
    const sweep = async () => {
      await onSweep();
      await this.#sweep();
    };
    this.#sweeping = every(clock, sweepMs, sweep, { onError: (error) => onError(error, 'a sweep failed') });
  }

  /** Hears nothing any more; resolves when a sweep under way has ended. */
  async close(): Promise<void> {
    this.#unlisten();
    this.#hasClosed = true;
    await this.#sweeping.stop();
  }

  /**
   * There may be a new intent of this session: wake who runs it, or see to it that somebody does. `heard` is the intent
   * as an event carried it, which may be older than the record.
   */
  attend(key: string, heard?: SessionIntent): void {
    const { sessions, onError } = this.#options;
    const runner = sessions.get(key);
    if (runner !== undefined) return runner.wake(heard);
    if (this.#hasClosed) return;
    const isStart = heard?.desired === 'running' && heard.owner === null && heard.logout <= heard.erased;
    const attended = isStart ? this.#enqueueActive(key) : this.#attendUnowned(key);
    attended.catch((error: unknown) => {
      if (!this.#hasClosed) onError(error, 'a session that nobody runs could not be attended to');
    });
  }

  #hear(event: FeedEvent): void {
    if (event.type === 'session.snapshot' && event.event === 'node.lost') this.#contradict(event);
    if (event.type !== 'session.snapshot' || !event.event.startsWith('intent.') || event.event === 'intent.handled')
      return;
    this.attend(sessionKey({ userId: event.userId, id: event.sessionId }), event.intent);
  }

  /** Somebody has called this node lost: where a session runs here after all, it says how it is. */
  #contradict({ userId, sessionId, intent }: Extract<FeedEvent, { type: 'session.snapshot' }>): void {
    const runner = this.#options.sessions.get(sessionKey({ userId, id: sessionId }));
    if (runner !== undefined && runner.epoch === intent.epoch) runner.wake();
  }

  async #attendUnowned(key: string): Promise<void> {
    const { find, recovery, queue, sessions, nodeId } = this.#options;
    const stored = await find(parseSessionKey(key));
    if (stored === null) return;
    const { intent } = stored;
    const isOwned = intent.owner !== null && intent.owner !== nodeId && (await recovery.isAlive(intent.owner));
    if (isOwned) return;
    if (intent.desired === 'deleted' || intent.logout > intent.erased) {
      // Giving up credentials needs no job of the queue: nothing is launched for it.
      await sessions.take(key);
    } else if (intent.desired === 'running') {
      await this.#enqueueActive(key);
    } else {
      await queue.withdraw(key);
      // Its owner is gone without having ended it: what its record says is not so any more.
      if (intent.owner !== null) await sessions.take(key);
    }
  }

  /** A session that has been stopped since is not active any more. */
  async #enqueueActive(key: string): Promise<void> {
    const { recovery, queue } = this.#options;
    if (await recovery.isActive(key)) await queue.enqueue(key);
  }

  async #sweep(): Promise<void> {
    const { recovery, queue, sessions } = this.#options;
    const active = await recovery.active();
    await queue.enqueueMissing(active.filter((key) => !sessions.holdsJob(key)));
    for (const key of await recovery.pendingErasures()) this.attend(key);
  }
}
