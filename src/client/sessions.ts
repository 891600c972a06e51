import type { Page, Session, SessionState } from './session-types.ts';
import type { SessionHandle } from './session-handle.ts';
import type { PageOptions, SessionVerbs } from './session-verbs.ts';

export interface ListOptions extends PageOptions {
  readonly state?: SessionState | undefined;
}

/** The caller's sessions: every verb of a session, with its id first. */
export interface Sessions extends SessionVerbs<[id: string]> {
  /** A page of sessions in the order of their ids. */
  list(options?: ListOptions): Promise<Page<Session>>;
}

/** Its type holds it complete. */
const VERBS: Readonly<Record<keyof SessionVerbs, true>> = {
  ensure: true,
  get: true,
  status: true,
  start: true,
  stop: true,
  restart: true,
  reconnect: true,
  logout: true,
  remove: true,
  qr: true,
  pairingCode: true,
  history: true,
  events: true,
  messages: true,
  waitFor: true,
};

/** The verbs of each handle, by its id. They need no `this`. */
export function sessionsOf(handle: (id: string) => SessionHandle, list: Sessions['list']): Sessions {
  const verbs = (Object.keys(VERBS) as (keyof SessionVerbs)[]).map((verb) => {
    const byId = (id: string, ...args: readonly unknown[]): unknown => {
      const session = handle(id);
      return Reflect.apply(session[verb], session, args);
    };
    return [verb, byId] as const;
  });
  // Every verb is there, and takes what the handle's takes behind the id: a loop loses that, the types of both hold it.
  return { ...(Object.fromEntries(verbs) as unknown as SessionVerbs<[id: string]>), list };
}
