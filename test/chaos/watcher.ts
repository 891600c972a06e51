import { setTimeout as delay } from 'node:timers/promises';

import { sessionKey, sessionSchema, type Session } from '../../src/domain/session.ts';
import type { Frame } from '../api/streams/event-reader.ts';
import type { Client } from '../service/client.ts';

const RETRY_MS = 50;
const LOOK_MS = 10;
const DEADLINE_MS = 120_000;
/** Of a session's life that a message tells. */
const LAST_STEPS = 20;

/** A snapshot as it came by. */
export interface Sighting {
  readonly session: Session;
  /** When the watcher had it; of `performance.now()`. */
  readonly at: number;
}

/** Finds the service that runs now: it may be another one after each restart. Rejects when there is none. */
export type FindClient = () => Promise<Client>;

/**
 * Reads an admin's stream of all sessions from the start, and resumes it behind the last event each time it ends, as a
 * browser's EventSource does. Keeps every event, and lists those that it cannot read.
 */
export class Watcher {
  readonly #find: FindClient;
  readonly #seen = new Map<string, Sighting[]>();
  readonly #messages: string[] = [];
  readonly #texts = new Set<string>();
  readonly #oddities: string[] = [];
  readonly #stop = new AbortController();
  #position: string | undefined;
  #isOpen = false;
  readonly #watching: Promise<void>;

  constructor(find: FindClient) {
    this.#find = find;
    this.#watching = this.#watch();
  }

  /** Resolves once the stream is open. */
  async opened(): Promise<void> {
    await this.#until(
      () => this.#isOpen || undefined,
      () => 'The stream never opened',
    );
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  /** The ids of messages that came in, each time they came. */
  get messages(): readonly string[] {
    return this.#messages;
  }

  /** Snapshots of one session, oldest first. */
  sightings(key: string): readonly Sighting[] {
    return this.#seen.get(key) ?? [];
  }

  /**
   * Waits until the session has gone through values that begin like `path`, in this order, with others between them or
   * not, after its revision `rev`. Resolves with the last of them. Rejects when `signal` aborts.
   */
  passes(key: string, path: readonly string[], rev: number, signal?: AbortSignal): Promise<Sighting> {
    return this.#until(
      () => {
        let next = 0;
        const seen = this.sightings(key);
        for (const sighting of seen.slice(seen.findLastIndex(({ session }) => session.rev <= rev) + 1)) {
          if (!sighting.session.value.startsWith(path[next] ?? '')) continue;
          next += 1;
          if (next === path.length) return sighting;
        }
        return undefined;
      },
      () => `${key} did not go through ${path.join(', ')} after ${rev}, but ${this.#lifeOf(key)}`,
      signal,
    );
  }

  /** Waits until a message with this text has come by. Rejects when `signal` aborts. */
  hears(text: string, signal: AbortSignal): Promise<true> {
    return this.#until(
      () => this.#texts.has(text) || undefined,
      () => `The message "${text}" never came by`,
      signal,
    );
  }

  /** Waits until the session's newest snapshot is as `is` says. */
  until(key: string, is: (session: Session) => boolean): Promise<Sighting> {
    return this.#until(
      () => {
        const last = this.sightings(key).at(-1);
        return last !== undefined && is(last.session) ? last : undefined;
      },
      () => `${key} stays ${this.#lifeOf(key)}`,
    );
  }

  /**
   * Waits until it has seen each session as it is now. Resolves with what is wrong with the whole of what it saw:
   * nothing, if no event was lost or came twice.
   */
  async findHoles(now: readonly Session[]): Promise<readonly string[]> {
    for (const session of now) {
      const key = sessionKey(session);
      await this.#until(
        () => this.sightings(key).some((seen) => seen.session.rev >= session.rev) || undefined,
        () => `${key} is at ${session.rev}, of which the stream knows only ${this.#lifeOf(key)}`,
      );
    }
    const holes = [...this.#seen].flatMap(([key, sightings]) => {
      const revs = sightings.map(({ session }) => session.rev);
      const first = revs[0] ?? 0;
      const at = revs.findIndex((rev, index) => rev !== first + index);
      return at === -1 ? [] : [`${key} came by as ${revs.slice(Math.max(at - 3, 0), at + 3).join(', ')}`];
    });
    const twice = this.#messages
      .filter((id, index) => this.#messages.indexOf(id) !== index)
      .map((id) => `message ${id} came twice`);
    return [...this.#oddities, ...holes, ...twice];
  }

  /** The last of its life. */
  #lifeOf(key: string): string {
    return this.sightings(key)
      .slice(-LAST_STEPS)
      .map(({ session }) => `${session.rev} ${session.value}`)
      .join(', ');
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#follow(await this.#find());
      } catch {
        // The service is away, or has cut the stream: it is asked again.
      }
      await delay(RETRY_MS);
    }
  }

  async #follow(client: Client): Promise<void> {
    const reader = await client.events(this.#position);
    const cancel = (): void => void reader.close().catch(() => undefined);
    this.#stop.signal.addEventListener('abort', cancel, { once: true });
    try {
      for (let frame = await reader.next(); frame !== null && !this.#stop.signal.aborted; frame = await reader.next())
        this.#take(frame);
    } finally {
      this.#stop.signal.removeEventListener('abort', cancel);
    }
  }

  #take({ id, event, data }: Frame): void {
    if (id !== undefined) this.#position = id;
    if (event === undefined || event === 'session.snapshot') this.#isOpen = true;
    if (event === 'session.snapshot') {
      const { event: _, ...snapshot } = data ?? {};
      const { data: session } = sessionSchema.safeParse(snapshot);
      if (session === undefined) return void this.#oddities.push(`no snapshot: ${JSON.stringify(data)}`);
      const key = sessionKey(session);
      const sightings = this.#seen.get(key) ?? [];
      sightings.push({ session, at: performance.now() });
      this.#seen.set(key, sightings);
    } else if (event === 'message.received') {
      const message = data?.['message'] as { id?: unknown; body?: unknown } | undefined; // the event's data, as the interface has it
      this.#messages.push(String(message?.id));
      this.#texts.add(String(message?.body));
    } else if (event !== undefined) {
      this.#oddities.push(`${event} ${JSON.stringify(data)}`);
    }
  }

  async #until<T>(find: () => T | undefined, otherwise: () => string, signal?: AbortSignal): Promise<T> {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      signal?.throwIfAborted();
      if (deadline.aborted) throw new Error(otherwise());
      await delay(LOOK_MS);
    }
  }
}
