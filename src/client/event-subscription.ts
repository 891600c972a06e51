import { ApiError } from './api-error.ts';
import type { ClientEvent, EventType, MessageEvent } from './client-events.ts';
import type { Frame } from './frame-parser.ts';
import { readFrames, SilenceError } from './frame-reader.ts';
import { onceHidden, untilSeen } from './hidden-page.ts';
import { KnownSessions } from './known-sessions.ts';
import type { Requester } from './requester.ts';
import type { Session } from './session-types.ts';
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
  const { types, onConnection, whileHidden = 'keep', signal = new AbortController().signal } = options;
  const asksDeletions = types?.includes('session.deleted') ?? true;
  const known = new KnownSessions();
  let position = options.lastEventId ?? null;
  let { retryMs } = timing;
  let failures = 0;

  while (!signal.aborted) {
    const open = (closing: AbortSignal): Promise<Response> =>
      requester.send(path, {
        query: { types: types?.join() },
        headers: { accept: 'text/event-stream', ...(position !== null && { 'last-event-id': position }) },
        signal: closing,
      });
    const connection = new AbortController();
    const close = (): void => connection.abort(signal.reason);
    signal.addEventListener('abort', close);
    const endWatch = whileHidden === 'keep' ? undefined : onceHidden(timing.hiddenMs, close);
    let isLive = false;
    let why: unknown;
    if (position === null) known.beginAnew();
    try {
      for await (const frame of readFrames(open, connection.signal, timing)) {
        if (!isLive) onConnection?.('live');
        isLive = true;
        retryMs = frame.retryMs ?? retryMs;
        const event = eventOf(frame);
        if (event?.type === 'gap') known.beginAnew();
        if (event !== null && known.isNews(event)) yield event;
        if (frame.id === null) continue;
        position = frame.id;
        const gone = known.endPresent(position);
        if (asksDeletions) yield* gone;
      }
    } catch (error) {
      if (isFinal(error) && !signal.aborted) throw error;
      why = error;
    } finally {
      endWatch?.();
      signal.removeEventListener('abort', close);
    }
    if (connection.signal.aborted) await untilSeen(signal);
    if (signal.aborted) return;
    if (connection.signal.aborted) continue;
    onConnection?.('lost', why);
    failures = isLive ? 0 : failures + 1;
    // After a sleep nothing is wrong with the service: come back at once.
    if (isLive && why instanceof SilenceError) continue;
    const askedMs = why instanceof ApiError ? (why.retryAfter ?? 0) * 1_000 : 0;
    await pause(Math.max(askedMs, backoffMs(failures, { ...timing, retryMs })), signal);
  }
}

/**
 * What a frame tells; `null` when that is nothing, or nothing this client knows. The service's own frames are taken at
 * their word.
 */
function eventOf({ id: position, event: type, data }: Frame): ClientEvent | null {
  if (data === null) return null;
  switch (type) {
    case 'session.snapshot': {
      const { event, ...session } = JSON.parse(data) as Session & { event: string | null };
      return { type, position, session, event };
    }
    case 'session.deleted': {
      const { id: sessionId, userId } = JSON.parse(data) as { id: string; userId: string };
      return { type, position, sessionId, userId };
    }
    case 'gap':
      return { type, position, ...(JSON.parse(data) as { lastEventId: string }) };
    default:
      return type.startsWith('message.') ? ({ ...(JSON.parse(data) as object), type, position } as MessageEvent) : null;
  }
}
