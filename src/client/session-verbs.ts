import type { ClientEvent } from './client-events.ts';
import type { EventOptions } from './event-subscription.ts';
import type { ReceivedMessage } from './message-types.ts';
import type {
  PairingCode,
  Page,
  Qr,
  Session,
  SessionIn,
  SessionState,
  SessionStatus,
  Transition,
} from './session-types.ts';

export interface Cancelable {
  readonly signal?: AbortSignal | undefined;
}
export interface ActionOptions extends Cancelable {
  /** Answer once the session has settled, after so many seconds at the latest; 60 at most. @defaultValue 0 */
  readonly wait?: number | undefined;
}
export interface EnsureOptions extends Cancelable {
  /** Start it when it is stopped. @defaultValue true */
  readonly start?: boolean | undefined;
  /** Link by a pairing code for this phone rather than by a QR. Digits with the country code. */
  readonly pairWith?: string | undefined;
  /**
   * What its page goes through: `http`, `https` or `socks5`, user and password allowed; `null` for none. A change gives
   * a running session a fresh browser.
   * @defaultValue as it is
   */
  readonly proxy?: { readonly url: string } | null | undefined;
  /** Let another phone be linked than the one it is bound to. */
  readonly rebind?: true | undefined;
  /** Of a new session: yours, kept and returned as it is. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}
export interface PageOptions extends Cancelable {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}
export interface WaitOptions extends Cancelable {
  /** @defaultValue no limit */
  readonly timeoutMs?: number | undefined;
}

export interface MessagesOptions extends Omit<EventOptions, 'types'> {
  /** Some that came between are not kept any more: the position behind which they are missing. */
  readonly onGap?: (lastEventId: string) => void;
}

/** A message that came in. Pass its `position` as `lastEventId` to go on behind it. */
export type IncomingMessage = ReceivedMessage & { readonly position: string | null };

/** What a phone can scan now. */
export type ScannableQr = Pick<Qr, 'code' | 'seq' | 'expiresAt'>;
/** How a session was deleted. `stillListed`: its phone lists the device until somebody removes it there. */
export interface Removal {
  readonly stillListed: boolean;
}
export type TypableCode = Pick<PairingCode, 'code' | 'expiresAt'>;

type QrOptions<Format> = Cancelable & { readonly format: Format };

/**
 * What can be done with a session: of `client.session(id)` as it stands here, of `client.sessions` with the id first.
 * Each may reject with an `ApiError`, and with what `fetch` or the token's source rejects with.
 */
export interface SessionVerbs<Id extends readonly unknown[] = []> {
  /** Makes it when there is none, and starts it when it is stopped, unless `start` is false. One that runs is reused. */
  ensure(...args: [...Id, options?: EnsureOptions]): Promise<Session>;
  get(...args: [...Id, options?: Cancelable]): Promise<Session>;
  /** The small answer for a page that polls. */
  status(...args: [...Id, options?: Cancelable]): Promise<SessionStatus>;
  /** Starts it when it is stopped. One that runs, or failed and will be tried again, is left as it is. */
  start(...args: [...Id, options?: ActionOptions]): Promise<Session>;
  /** Stops it: its browser is given back, it stays linked. */
  stop(...args: [...Id, options?: ActionOptions]): Promise<Session>;
  /** Gives it a fresh browser now, whatever its state. */
  restart(...args: [...Id, options?: ActionOptions]): Promise<Session>;
  /** Connects again now rather than after the backoff. */
  reconnect(...args: [...Id, options?: ActionOptions]): Promise<Session>;
  /** Unlinks it and destroys its login. */
  logout(...args: [...Id, options?: ActionOptions]): Promise<Session>;
  /** Logs it out, and destroys all that is known of it. */
  remove(...args: [...Id, options?: Cancelable]): Promise<Removal>;
  /** The QR to scan: what it encodes, or drawn. Rejects with `NOT_WAITING_QR` when there is none. */
  qr(...args: [...Id, options?: Cancelable & { readonly format?: 'json' }]): Promise<ScannableQr>;
  qr(...args: [...Id, options: QrOptions<'svg' | 'text'>]): Promise<string>;
  qr(...args: [...Id, options: QrOptions<'png'>]): Promise<Blob>;
  /** A code to type into the phone instead of a scan. Rejects with `NOT_WAITING_QR` when it waits for neither. */
  pairingCode(...args: [...Id, phoneNumber: string, options?: Cancelable]): Promise<TypableCode>;
  /** Its transitions, newest first. */
  history(...args: [...Id, options?: PageOptions]): Promise<Page<Transition>>;
  /** Its events, from now on or from behind `lastEventId`, until the signal. See {@link EventOptions}. */
  events(...args: [...Id, options?: EventOptions]): AsyncGenerator<ClientEvent, void, undefined>;
  /**
   * Messages that come in, each once, from now on or from behind `lastEventId`, until the signal. See {@link
   * MessagesOptions}.
   */
  messages(...args: [...Id, options?: MessagesOptions]): AsyncGenerator<IncomingMessage, void, undefined>;
  /**
   * Resolves with the session once it is in one of the states, at once if it is already. Rejects with a
   * `WaitTimeoutError`, the signal's reason, or `SESSION_NOT_FOUND` when there is none, or it is deleted meanwhile.
   */
  waitFor<State extends SessionState>(
    ...args: [...Id, wanted: State | readonly State[], options?: WaitOptions]
  ): Promise<SessionIn<State>>;
}
