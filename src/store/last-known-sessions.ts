import { LRUCache } from 'lru-cache';

import { StoreUnavailableError } from '../domain/errors.ts';
import { sessionKey, type Session, type SessionAddress } from '../domain/session.ts';
import type { EventFeed } from './event-feed.ts';
import type { SessionStore } from './session-store.ts';

/** A session as it is, or, while Redis is away, as it was last known to be. */
export type KnownSession =
  | { readonly kind: 'current'; readonly session: Session }
  | { readonly kind: 'last_known'; readonly session: Session; readonly ageMs: number };

interface LastKnownSessionsOptions {
  readonly store: Pick<SessionStore, 'get'>;
  readonly feed: Pick<EventFeed, 'listen'>;
  readonly now: () => number;
  /** Sessions remembered, those that were seen last. @defaultValue 10,000 */
  readonly remembered?: number;
}

const REMEMBERED = 10_000;

/**
 * Remembers what it hears and reads of sessions, so that a page that asks while Redis is away is told what was true a
 * moment ago rather than nothing.
 */
export class LastKnownSessions {
  readonly #options: LastKnownSessionsOptions;
  readonly #known: LRUCache<string, { readonly session: Session; readonly at: number }>;

  constructor(options: LastKnownSessionsOptions) {
    this.#options = options;
    this.#known = new LRUCache({ max: options.remembered ?? REMEMBERED });
    options.feed.listen((event) => {
      if (event.type === 'session.snapshot') this.#remember(event.session);
      if (event.type === 'session.deleted')
        this.#known.delete(sessionKey({ userId: event.userId, id: event.sessionId }));
    });
  }

  /**
   * Throws {@link StoreUnavailableError} when Redis is away and the session was never seen here, and what
   * `SessionStore.get` throws.
   */
  async get(address: SessionAddress): Promise<KnownSession> {
    try {
      const session = await this.#options.store.get(address);
      this.#remember(session);
      return { kind: 'current', session };
    } catch (error) {
      const known = error instanceof StoreUnavailableError ? this.#known.get(sessionKey(address)) : undefined;
      if (known === undefined) throw error;
      return { kind: 'last_known', session: known.session, ageMs: this.#options.now() - known.at };
    }
  }

  #remember(session: Session): void {
    const key = sessionKey(session);
    // A read may end after an event that is newer than what it found.
    if ((this.#known.peek(key)?.session.rev ?? 0) > session.rev) return;
    this.#known.set(key, { session, at: this.#options.now() });
  }
}
