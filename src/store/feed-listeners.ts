import type { FeedEvent } from '../domain/events.ts';
import { sessionKey } from '../domain/session.ts';

export type FeedListener = (event: FeedEvent) => void;

/** Whose events a listener wants: everybody's, one user's, or one session's. */
export type FeedScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'session'; readonly userId: string; readonly sessionId: string };

const NOBODY: ReadonlySet<FeedListener> = new Set();

/**
 * Who listens, found by whom an event is about: it costs what those cost who want it, however many listen to others.
 * Listeners to all are told first, so that what this process knows is up to date before a client hears of it.
 */
export class FeedListeners {
  readonly #all = new Set<FeedListener>();
  readonly #byUser = new Map<string, Set<FeedListener>>();
  readonly #bySession = new Map<string, Set<FeedListener>>();

  /** Returns how to take it out again. */
  add(listener: FeedListener, scope: FeedScope): () => void {
    if (scope.kind === 'all') {
      this.#all.add(listener);
      return () => this.#all.delete(listener);
    }
    if (scope.kind === 'user') return addAt(this.#byUser, scope.userId, listener);
    return addAt(this.#bySession, sessionKey({ userId: scope.userId, id: scope.sessionId }), listener);
  }

  /** One that throws is passed to `onError`, and hurts nobody but itself. */
  tell(event: FeedEvent, onError: (error: unknown) => void): void {
    const { userId, sessionId } = event;
    const ofSession = this.#bySession.size === 0 ? NOBODY : this.#bySession.get(sessionKey({ userId, id: sessionId }));
    for (const listeners of [this.#all, this.#byUser.get(userId) ?? NOBODY, ofSession ?? NOBODY]) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          onError(error);
        }
      }
    }
  }

  clear(): void {
    this.#all.clear();
    for (const listeners of [...this.#byUser.values(), ...this.#bySession.values()]) listeners.clear();
    this.#byUser.clear();
    this.#bySession.clear();
  }
}

/** A key without listeners is not kept. */
function addAt(index: Map<string, Set<FeedListener>>, key: string, listener: FeedListener): () => void {
  const listeners = index.get(key) ?? new Set();
  index.set(key, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && index.get(key) === listeners) index.delete(key);
  };
}
