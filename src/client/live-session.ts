import { ApiError } from './api-error.ts';
import type { Client } from './client.ts';
import type { ClientEvent } from './client-events.ts';
import type { Session, SessionIn, SessionState } from './session-types.ts';
import { backoffMs, pause } from './timing.ts';

/** `lost`: what is shown may be old; it is being connected again. */
export type Connection = 'connecting' | 'live' | 'lost';

type View<Status extends string, Rest> = Readonly<{ status: Status; connection: Connection } & Rest>;
type StateView<State extends SessionState> = State extends SessionState
  ? View<State, { session: SessionIn<State> }>
  : never;

/**
 * What a page knows of one session. `loading`: nothing yet. `absent`: there is none of this id. `refused`: the service
 * does not let this caller see it. Else the session's state, and the session.
 */
export type SessionView =
  | View<'loading', unknown>
  | View<'absent', unknown>
  | View<'refused', { error: ApiError }>
  | StateView<SessionState>;

/** Each resolves once the service has written it down, and may reject with an `ApiError`. They need no `this`. */
export interface SessionActions {
  /** Gets it going: makes or starts it as `ensure` does, and tries one that failed again at once, as `restart` does. */
  readonly start: () => Promise<void>;
  /** Stops it: its browser is given back, it stays linked. */
  readonly stop: () => Promise<void>;
  /** Unlinks it and destroys its login. */
  readonly logout: () => Promise<void>;
  /** Shows a pairing code for this phone instead of a QR; makes or starts it as `ensure` does. */
  readonly pairWith: (phoneNumber: string) => Promise<void>;
}

/**
 * One session, kept up to date while somebody listens. It works with `useSyncExternalStore`, and with anything else.
 */
export interface LiveSession {
  readonly id: string;
  readonly actions: SessionActions;
  /** The same object until something changes. */
  readonly getSnapshot: () => SessionView;
  /** The first listener opens the one connection; it is closed a moment after the last one went. */
  readonly subscribe: (listener: () => void) => () => void;
}

const LOADING: SessionView = { status: 'loading', connection: 'connecting' };
/** Long enough for a page to be exchanged for another one that shows the same session. */
const LINGER_MS = 1_000;
/** Between two looks for a session that is absent or refused. */
const RETRY = { retryMs: 2_000, maxRetryMs: 30_000, random: () => Math.random() };

/** Keeps one session up to date. Sends nothing until somebody listens. */
export function createLiveSession(client: Client, id: string): LiveSession {
  const handle = client.session(id);
  const listeners = new Set<() => void>();
  let view = LOADING;
  let position: string | null = null;
  let running: AbortController | null = null;
  let lingering: ReturnType<typeof setTimeout> | undefined;
  let lookAgain = new AbortController();

  const show = (next: SessionView): void => {
    view = next;
    for (const listener of listeners) listener();
  };
  const showSession = (session: Session): void => {
    show({ status: session.state, session, connection: view.connection } as SessionView); // status and session are of one state
  };
  /** What an action was answered with may be older than what the stream has told. */
  const showAnswer = (session: Session): void => {
    const before = 'session' in view ? view.session : null;
    if (before === null || before.createdAt !== session.createdAt || before.rev < session.rev) showSession(session);
    lookAgain.abort();
  };

  const take = (event: ClientEvent): void => {
    position = event.position ?? position;
    if (event.type === 'session.snapshot') showSession(event.session);
    else if (event.type === 'session.deleted') show({ status: 'absent', connection: view.connection });
  };

  const follow = async (signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const events = handle.events({
          signal,
          lastEventId: position,
          types: ['session.snapshot', 'session.deleted'],
          whileHidden: 'release',
          onConnection: (connection) => {
            attempt = 0;
            if (view.connection !== connection && !signal.aborted) show({ ...view, connection });
          },
        });
        for await (const event of events) take(event);
      } catch (error) {
        // The stream tries again by itself whatever may pass; this may not, or only when somebody does something about
        // it.
        position = null;
        const refusal = error instanceof ApiError ? error : new ApiError(0, null);
        show(
          refusal.code === 'SESSION_NOT_FOUND'
            ? { status: 'absent', connection: 'live' }
            : { status: 'refused', connection: 'lost', error: refusal },
        );
      }
      if (signal.aborted) return;
      lookAgain = new AbortController();
      await pause(backoffMs(attempt, RETRY), signal, lookAgain.signal);
    }
  };

  const act = (send: () => Promise<Session>) => async (): Promise<void> => showAnswer(await send());
  return {
    id,
    actions: {
      // One that failed and waits for its supervisor counts as started already, so that `ensure` would leave it so.
      start: act(() => (view.status === 'failed' ? handle.restart() : handle.ensure())),
      stop: act(() => handle.stop()),
      logout: act(() => handle.logout()),
      pairWith: async (phoneNumber) => {
        // The stream tells of the code.
        if (view.status === 'waiting_qr') await handle.pairingCode(phoneNumber);
        else showAnswer(await handle.ensure({ pairWith: phoneNumber }));
      },
    },
    getSnapshot: () => view,
    subscribe: (listener) => {
      // The same function may come twice, and each leaves once.
      const own = (): void => listener();
      listeners.add(own);
      clearTimeout(lingering);
      if (running === null) {
        running = new AbortController();
        void follow(running.signal);
      }
      return () => {
        if (!listeners.delete(own) || listeners.size > 0) return;
        lingering = setTimeout(() => {
          running?.abort();
          running = null;
          view = { ...view, connection: 'connecting' };
        }, LINGER_MS);
      };
    },
  };
}
