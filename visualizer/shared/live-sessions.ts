import type { ApiError, Client, ClientEvent, Connection, Session, SnapshotEvent } from '../../src/client/index.ts';
import { ApiError as Refusal } from '../../src/client/index.ts';

/** All sessions that the caller may see, as they were at one moment. */
export interface LiveView {
  /** `loading`: nothing is known yet. `refused`: the service does not let this caller see them. */
  readonly status: 'loading' | 'live' | 'refused';
  readonly connection: Connection;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly error: ApiError | null;
}

/** A session's whole name, which no other has. */
export function nameOf({ userId, id }: Pick<Session, 'userId' | 'id'>): string {
  return `${userId}/${id}`;
}

const NOTHING: LiveView = { status: 'loading', connection: 'connecting', sessions: new Map(), error: null };
/** However fast sessions change, a page shows it no more often. */
const SHOW_EVERY_MS = 100;
/** After so long with events that came together, the page may draw, scroll and answer keys in between. */
const BREATHE_EVERY_MS = 5;

/**
 * Follows every session on one connection, for as long as somebody listens. What happened meanwhile is shown together.
 */
export class LiveSessions {
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  readonly #heard = new Set<(event: SnapshotEvent) => void>();
  #view = NOTHING;
  #sessions = new Map<string, Session>();
  #showing: ReturnType<typeof setTimeout> | undefined;
  #following: AbortController | null = null;

  constructor(client: Client) {
    this.#client = client;
  }

  readonly getSnapshot = (): LiveView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#following === null) {
      this.#following = new AbortController();
      void this.#follow(this.#following.signal);
    }
    return () => {
      this.#listeners.delete(listener);
      // React leaves and comes back at once when it only tries a component out.
      setTimeout(() => {
        if (this.#listeners.size > 0) return;
        this.#following?.abort();
        this.#following = null;
      });
    };
  };

  /**
   * Each step of a session as it happens, without waiting for the next show; not the snapshots with which a stream
   * begins.
   */
  readonly onStep = (listener: (event: SnapshotEvent) => void): (() => void) => {
    this.#heard.add(listener);
    return () => this.#heard.delete(listener);
  };

  async #follow(signal: AbortSignal): Promise<void> {
    const onConnection = (connection: 'live' | 'lost'): void => this.#show({ connection });
    try {
      const events = this.#client.events({
        signal,
        onConnection,
        types: ['session.snapshot', 'session.deleted'],
        whileHidden: 'release',
      });
      const first = this.#client.sessions.list({ limit: 1, signal });
      first.then(({ items }) => items.length === 0 && this.#show({ status: 'live' })).catch(() => undefined);
      let breathedAt = performance.now();
      for await (const event of events) {
        this.#take(event);
        if (performance.now() - breathedAt < BREATHE_EVERY_MS) continue;
        await new Promise((resolve) => setTimeout(resolve));
        breathedAt = performance.now();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#show({ status: 'refused', connection: 'lost', error: error instanceof Refusal ? error : null });
    }
  }

  #take(event: ClientEvent): void {
    if (event.type === 'session.snapshot') {
      this.#sessions.set(nameOf(event.session), event.session);
      if (event.event !== null) for (const listener of this.#heard) listener(event);
    } else if (event.type === 'session.deleted') this.#sessions.delete(`${event.userId}/${event.sessionId}`);
    else return;
    this.#showing ??= setTimeout(() => this.#show({ status: 'live' }), SHOW_EVERY_MS);
  }

  #show(change: Partial<LiveView>): void {
    clearTimeout(this.#showing);
    this.#showing = undefined;
    this.#view = { ...this.#view, ...change, sessions: new Map(this.#sessions) };
    for (const listener of this.#listeners) listener();
  }
}
