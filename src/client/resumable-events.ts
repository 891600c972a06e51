import type { ClientEvent, DeletedEvent, EventType, MessageEvent, WebhookDisabledEvent } from './client-events.ts';
import type { Frame } from './frame-parser.ts';
import { readFrames } from './frame-reader.ts';
import { KnownSessions } from './known-sessions.ts';
import type { Requester } from './requester.ts';
import type { Session } from './session-types.ts';
import type { Timing } from './timing.ts';

interface ResumableEventsOptions {
  readonly requester: Requester;
  readonly path: string;
  readonly types: readonly EventType[] | undefined;
  readonly lastEventId: string | null;
  readonly timing: Timing;
}

/** The events of a path: it knows how far they were read, so that each connection resumes behind the last one. */
export class ResumableEvents {
  readonly #options: ResumableEventsOptions;
  readonly #known = new KnownSessions();
  #position: string | null;
  #retryMs: number;

  constructor(options: ResumableEventsOptions) {
    this.#options = options;
    this.#position = options.lastEventId;
    this.#retryMs = options.timing.retryMs;
  }

  /** What the service last asked to be waited before connecting again (ms). */
  get retryMs(): number {
    return this.#retryMs;
  }

  /**
   * Reads one connection to its end. `onLive` is called when the first of it has come. Throws what opening throws, a
   * `SilenceError`, and what the network throws when the connection breaks.
   */
  async *read(signal: AbortSignal, onLive: () => void): AsyncGenerator<ClientEvent, void, undefined> {
    if (this.#position === null) this.#known.beginAnew();
    let isLive = false;
    for await (const frame of readFrames((closing) => this.#open(closing), signal, this.#options.timing)) {
      if (!isLive) onLive();
      isLive = true;
      this.#retryMs = frame.retryMs ?? this.#retryMs;
      yield* this.#take(frame);
    }
  }

  *#take(frame: Frame): Generator<ClientEvent, void, undefined> {
    const { types } = this.#options;
    const event = eventOf(frame);
    if (event?.type === 'gap') this.#known.beginAnew();
    if (event !== null && this.#known.isNews(event)) yield event;
    if (frame.id === null) return;
    this.#position = frame.id;
    const gone = this.#known.endPresent(frame.id);
    if (types?.includes('session.deleted') ?? true) yield* gone;
  }

  #open(signal: AbortSignal): Promise<Response> {
    const { requester, path, types } = this.#options;
    return requester.send(path, {
      query: { types: types?.join() },
      headers: {
        accept: 'text/event-stream',
        ...(this.#position !== null && { 'last-event-id': this.#position }),
      },
      signal,
    });
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
      const { id: sessionId, ...rest } = JSON.parse(data) as Omit<DeletedEvent, 'type' | 'position'> & { id: string };
      return { ...rest, type, position, sessionId };
    }
    case 'gap':
      return { type, position, ...(JSON.parse(data) as { lastEventId: string }) };
    case 'webhook.disabled':
      return { type, position, ...(JSON.parse(data) as Omit<WebhookDisabledEvent, 'type' | 'position'>) };
    default:
      return isAboutMessages(type) ? ({ ...(JSON.parse(data) as object), type, position } as MessageEvent) : null;
  }
}

function isAboutMessages(type: string): boolean {
  return type.startsWith('message.') || type === 'call.received' || type === 'session.restricted';
}
