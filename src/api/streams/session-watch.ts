import { DeadlineError, DrainingError, SessionNotFoundError, type SupervisorError } from '../../domain/errors.ts';
import type { FeedEvent } from '../../domain/events.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { EventFeed } from '../../store/event-feed.ts';
import type { Lifecycle } from '../http/lifecycle.ts';

export type SnapshotEvent = Extract<FeedEvent, { type: 'session.snapshot' }>;

/** `deadline`: time is up, the node is draining or the client has gone. */
export type WatchOutcome<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'deleted'; readonly stillListed: boolean }
  | { readonly kind: 'deadline' };

interface WatchOptions {
  readonly feed: EventFeed;
  readonly lifecycle: Lifecycle;
  readonly address: SessionAddress;
  /** The client has gone. */
  readonly signal: AbortSignal;
}

/**
 * Hears one session's events from the moment it is made, so that nothing is missed between a request's being recorded
 * and the wait for its effect. Must be closed.
 */
export class SessionWatch {
  readonly #options: WatchOptions;
  readonly #heard: FeedEvent[] = [];
  readonly #stopListening: () => void;
  #notify: (() => void) | null = null;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { feed, address } = options;
    this.#stopListening = feed.listen(
      (event) => {
        this.#heard.push(event);
        this.#notify?.();
      },
      feed.position,
      { kind: 'session', userId: address.userId, sessionId: address.id },
    );
  }

  /** The first thing that `decide` makes of a snapshot; what it throws ends the wait. */
  async first<T>(decide: (event: SnapshotEvent) => T | null, deadlineMs: number): Promise<WatchOutcome<T>> {
    const { lifecycle, signal } = this.#options;
    let isOver = signal.aborted;
    const end = (): void => {
      isOver = true;
      this.#notify?.();
    };
    const timer = setTimeout(end, deadlineMs);
    const stopDrain = lifecycle.onDrain(end);
    signal.addEventListener('abort', end);
    try {
      for (;;) {
        for (const event of this.#heard.splice(0)) {
          if (event.type === 'session.deleted') return { kind: 'deleted', stillListed: event.stillListed };
          const value = event.type === 'session.snapshot' ? decide(event) : null;
          if (value !== null) return { kind: 'found', value };
        }
        if (isOver) return { kind: 'deadline' };
        await new Promise<void>((resolve) => (this.#notify = resolve));
      }
    } finally {
      clearTimeout(timer);
      stopDrain();
      signal.removeEventListener('abort', end);
    }
  }

  /** Like {@link first}, where a deleted session is none. */
  async firstOfExisting<T>(decide: (event: SnapshotEvent) => T | null, deadlineMs: number): Promise<T | null> {
    const outcome = await this.first(decide, deadlineMs);
    if (outcome.kind === 'deleted') throw new SessionNotFoundError(this.#options.address.id);
    return outcome.kind === 'found' ? outcome.value : null;
  }

  /** Why a wait that found nothing ended. Says nothing about the request, which stays written down. */
  tooLate(what: string, deadlineMs: number): SupervisorError {
    return this.#options.lifecycle.phase() === 'draining' ? new DrainingError() : new DeadlineError(what, deadlineMs);
  }

  close(): void {
    this.#stopListening();
  }
}
