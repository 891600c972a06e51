import type { ClientEvent } from './client-events.ts';
import { subscribe, type EventOptions } from './event-subscription.ts';
import type { Requester } from './requester.ts';
import type { Page, Session, SessionIn, SessionState, SessionStatus, Transition } from './session-types.ts';
import type {
  ActionOptions,
  Cancelable,
  EnsureOptions,
  PageOptions,
  Removal,
  ScannableQr,
  SessionVerbs,
  TypableCode,
  WaitOptions,
} from './session-verbs.ts';
import { messagesOf, type SessionMessages } from './session-messages.ts';
import type { Timing } from './timing.ts';

/** The session did not reach the state in time. `session` is how it stood then. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly session: Session | null;
  constructor(id: string, states: readonly SessionState[], timeoutMs: number, session: Session | null) {
    super(
      `Session "${id}" was not ${states.join(' or ')} within ${timeoutMs} ms: it is ${session?.value ?? 'unknown'}.`,
    );
    this.session = session;
  }
}

/** One session, which need not exist yet. */
export interface SessionHandle extends SessionVerbs {
  readonly id: string;
  /** Its messages: those that come in, when called; and by its methods those that go out. */
  readonly messages: SessionMessages;
}

/** The session of an id at the service; each verb is a request. */
export class RemoteSession implements SessionHandle {
  readonly id: string;
  readonly messages: SessionMessages;
  readonly #requester: Requester;
  readonly #collection: string;
  readonly #timing: Timing;

  constructor(id: string, collection: string, requester: Requester, timing: Timing) {
    this.id = id;
    this.#collection = collection;
    this.#requester = requester;
    this.#timing = timing;
    this.messages = messagesOf(`${this.#path}/messages`, requester, timing, (options) => this.events(options));
  }

  ensure({ signal, ...creation }: EnsureOptions = {}): Promise<Session> {
    return this.#json(
      this.#requester.send(this.#collection, { method: 'POST', json: { id: this.id, ...creation }, signal }),
    );
  }

  get({ signal }: Cancelable = {}): Promise<Session> {
    return this.#json(this.#send('', { signal }));
  }

  status({ signal }: Cancelable = {}): Promise<SessionStatus> {
    return this.#json(this.#send('/status', { signal }));
  }

  start(options?: ActionOptions): Promise<Session> {
    return this.#act('start', options);
  }

  stop(options?: ActionOptions): Promise<Session> {
    return this.#act('stop', options);
  }

  restart(options?: ActionOptions): Promise<Session> {
    return this.#act('restart', options);
  }

  reconnect(options?: ActionOptions): Promise<Session> {
    return this.#act('reconnect', options);
  }

  logout(options?: ActionOptions): Promise<Session> {
    return this.#act('logout', options);
  }

  async remove({ signal }: Cancelable = {}): Promise<Removal> {
    const answer = await this.#send('', { method: 'DELETE', signal });
    return answer.status === 204 ? { stillListed: false } : this.#json(Promise.resolve(answer));
  }

  qr(options?: Cancelable & { readonly format?: 'json' }): Promise<ScannableQr>;
  qr(options: Cancelable & { readonly format: 'svg' | 'text' }): Promise<string>;
  qr(options: Cancelable & { readonly format: 'png' }): Promise<Blob>;
  async qr({
    format = 'json',
    signal,
  }: Cancelable & { readonly format?: 'json' | 'svg' | 'text' | 'png' } = {}): Promise<unknown> {
    const answer = await this.#send('/qr', { query: { format }, signal });
    if (format === 'json') return answer.json();
    return format === 'png' ? answer.blob() : answer.text();
  }

  pairingCode(phoneNumber: string, { signal }: Cancelable = {}): Promise<TypableCode> {
    return this.#json(this.#send('/pairing-code', { method: 'POST', json: { phoneNumber }, signal }));
  }

  history({ limit, cursor, signal }: PageOptions = {}): Promise<Page<Transition>> {
    return this.#json(this.#send('/history', { query: { limit, cursor }, signal }));
  }

  events(options: EventOptions = {}): AsyncGenerator<ClientEvent, void, undefined> {
    return subscribe(this.#requester, `${this.#path}/events`, options, this.#timing);
  }

  async waitFor<State extends SessionState>(
    wanted: State | readonly State[],
    { signal, timeoutMs }: WaitOptions = {},
  ): Promise<SessionIn<State>> {
    const states: readonly SessionState[] = typeof wanted === 'string' ? [wanted] : wanted;
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
    signal?.addEventListener('abort', end);
    if (signal?.aborted === true) end();
    let last: Session | null = null;
    try {
      for await (const event of this.events({
        signal: ending.signal,
        types: ['session.snapshot', 'session.deleted'],
      })) {
        // Rejects with what the service says of a session that is not there.
        if (event.type === 'session.deleted') await this.get();
        if (event.type !== 'session.snapshot') continue;
        last = event.session;
        if (states.includes(last.state)) return last as SessionIn<State>; // its state is one of the wanted
      }
      signal?.throwIfAborted();
      throw new WaitTimeoutError(this.id, states, timeoutMs ?? 0, last);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      end();
    }
  }

  get #path(): string {
    return `${this.#collection}/${encodeURIComponent(this.id)}`;
  }

  #act(action: string, { wait, signal }: ActionOptions = {}): Promise<Session> {
    return this.#json(this.#send(`/${action}`, { method: 'POST', query: { wait }, signal }));
  }

  #send(path: string, call: Parameters<Requester['send']>[1]): Promise<Response> {
    return this.#requester.send(this.#path + path, call);
  }

  /** The service's answers are taken at their word: its own document and types are made from one schema. */
  async #json<Answer>(answer: Promise<Response>): Promise<Answer> {
    return (await answer).json() as Promise<Answer>;
  }
}
