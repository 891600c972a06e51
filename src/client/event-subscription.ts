import { ApiError } from './api-error.ts';
import type { ClientEvent, EventType } from './client-events.ts';
import { SilenceError } from './frame-reader.ts';
import { onceHidden, untilSeen } from './hidden-page.ts';
import type { Requester } from './requester.ts';
import { ResumableEvents } from './resumable-events.ts';
import { backoffMs, pause, type Timing } from './timing.ts';

export interface EventOptions {
  /** Ends the stream: the loop over it just ends. */
  readonly signal?: AbortSignal;
  /** Go on behind this event's `position`. Without, first comes each session as it is. */
  readonly lastEventId?: string | null;
  /** Only these. @defaultValue all */
  readonly types?: readonly EventType[];
  /**
   * `release`: a page that is hidden for `timing.hiddenMs` lets its connection go, untold, and resumes behind the last
   * event as soon as it is seen again.
   * @defaultValue keep
   */
  readonly whileHidden?: 'keep' | 'release';
  /** Hears each time the connection opens, and with why when it was lost and will be tried again. */
  readonly onConnection?: (connection: 'live' | 'lost', why?: unknown) => void;
}

/** What will not be different the next time. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status >= 400 &&
    error.status < 500 &&
    error.status !== 408 &&
    error.status !== 429
  );
}

/** Ends with the subscription, and earlier when nobody has seen the page for a while and it may be let go. */
function openConnection(
  signal: AbortSignal,
  hiddenMs: number,
): { readonly signal: AbortSignal; readonly release: () => void } {
  const connection = new AbortController();
  const close = (): void => connection.abort(signal.reason);
  signal.addEventListener('abort', close);
  const endWatch = onceHidden(hiddenMs, close);
  return {
    signal: connection.signal,
    release: () => {
      endWatch();
      signal.removeEventListener('abort', close);
    },
  };
}

/**
 * Events of a path, over as many connections as it takes: each resumes behind the last event. Throws an {@link
 * ApiError} that no retry helps, such as a 401 with a fresh token, a 403 or a 404.
 */
export async function* subscribe(
  requester: Requester,
  path: string,
  options: EventOptions,
  timing: Timing,
): AsyncGenerator<ClientEvent, void, undefined> {
  const {
    types,
    lastEventId = null,
    onConnection,
    whileHidden = 'keep',
    signal = new AbortController().signal,
  } = options;
  const events = new ResumableEvents({ requester, path, types, lastEventId, timing });
  let failures = 0;

  while (!signal.aborted) {
    const connection = openConnection(signal, whileHidden === 'keep' ? Infinity : timing.hiddenMs);
    let isLive = false;
    let why: unknown;
    try {
      yield* events.read(connection.signal, () => {
        isLive = true;
        onConnection?.('live');
      });
    } catch (error) {
      if (isFinal(error) && !signal.aborted) throw error;
      why = error;
    } finally {
      connection.release();
    }
    if (connection.signal.aborted) {
      await untilSeen(signal);
      continue;
    }
    onConnection?.('lost', why);
    failures = isLive ? 0 : failures + 1;
    // After a sleep nothing is wrong with the service: come back at once.
    if (isLive && why instanceof SilenceError) continue;
    const askedMs = why instanceof ApiError ? (why.retryAfter ?? 0) * 1_000 : 0;
    await pause(Math.max(askedMs, backoffMs(failures, { ...timing, retryMs: events.retryMs })), signal);
  }
}
