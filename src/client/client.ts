import type { ClientEvent } from './client-events.ts';
import { subscribe, type EventOptions } from './event-subscription.ts';
import { Requester, type Call, type TokenSource } from './requester.ts';
import { RemoteSession, type SessionHandle } from './session-handle.ts';
import type { Page, Session, SessionMemory } from './session-types.ts';
import type { Cancelable } from './session-verbs.ts';
import { sessionsOf, type ListOptions, type Sessions } from './sessions.ts';
import { TIMING, type Timing } from './timing.ts';
import type { Webhooks } from './webhook-types.ts';
import { webhooksWithin } from './webhooks.ts';

export interface ClientOptions {
  /** Where the service is, such as `https://wa.example.com`. @defaultValue the page's own origin */
  readonly baseUrl?: string;
  readonly token: TokenSource;
  /** @defaultValue the global one */
  readonly fetch?: typeof fetch;
  /** For tests, and for networks that are not like others. */
  readonly timing?: Partial<Timing>;
}

export interface Client {
  readonly sessions: Sessions;
  /** URLs that events are delivered to. */
  readonly webhooks: Webhooks;
  /** One session, which need not exist yet. Sends nothing. */
  session(id: string): SessionHandle;
  /** Events of all the caller's sessions; for an admin, of everybody's. Until the signal. */
  events(options?: EventOptions): AsyncGenerator<ClientEvent, void, undefined>;
  /**
   * What the browsers of the caller’s sessions hold in memory; for an admin, of everybody’s. Only where that is known:
   * read about every 15 s, of ready sessions.
   */
  memory(options?: Cancelable): Promise<readonly SessionMemory[]>;
  /** The sessions of another user, for an admin. */
  of(userId: string): Client;
  /** Any other route: with the token, refused with an `ApiError`. */
  request(path: string, call?: Call): Promise<Response>;
}

/** A client of the service, for browsers and Node 20 or newer. */
export function createClient({ baseUrl = '', token, fetch: send, timing }: ClientOptions): Client {
  const requester = new Requester({
    baseUrl: baseUrl.replace(/\/+$/, ''),
    token,
    // Looked up late, and called as a browser's own must be.
    fetch: send ?? ((...args) => globalThis.fetch(...args)),
  });
  return clientWithin('/api', requester, { ...TIMING, ...timing });
}

function clientWithin(prefix: string, requester: Requester, timing: Timing): Client {
  const collection = `${prefix}/sessions`;
  const session = (id: string): SessionHandle => new RemoteSession(id, collection, requester, timing);
  const list = async ({ signal, ...query }: ListOptions = {}): Promise<Page<Session>> => {
    const answer = await requester.send(collection, { query: { ...query }, signal });
    return answer.json() as Promise<Page<Session>>; // the service's answers are taken at their word
  };
  const memory = async ({ signal }: Cancelable = {}): Promise<readonly SessionMemory[]> => {
    const answer = await requester.send(`${prefix}/memory`, { signal });
    const { items } = (await answer.json()) as { items: readonly SessionMemory[] }; // the service's answers are taken at their word
    return items;
  };
  return {
    sessions: sessionsOf(session, list),
    webhooks: webhooksWithin(prefix, requester),
    session,
    events: (options = {}) => subscribe(requester, `${prefix}/events`, options, timing),
    memory,
    of: (userId) => clientWithin(`/api/users/${encodeURIComponent(userId)}`, requester, timing),
    request: (path, call) => requester.send(path, call),
  };
}
