import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { sessionSchema, transitionSchema, type Session } from '../../src/domain/session.ts';
import type { SimulatedEvent } from '../../src/domain/simulation.ts';
import { EventReader } from '../api/streams/event-reader.ts';

/** The calls of a user's program, over HTTP alone. */
export class Client {
  readonly #url: string;
  readonly #token: string;
  readonly #deadlineMs: number;

  /** @param deadlineMs how long it waits for an answer, and for a session to get somewhere. */
  constructor(url: string, token: string, deadlineMs: number) {
    this.#url = url;
    this.#token = token;
    this.#deadlineMs = deadlineMs;
  }

  get token(): string {
    return this.#token;
  }

  call(
    method: string,
    path: string,
    json?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      signal: AbortSignal.timeout(this.#deadlineMs),
    });
  }

  async create(id: string): Promise<number> {
    return (await this.call('POST', '/api/sessions', { id })).status;
  }

  async get(id: string): Promise<Session> {
    return readSession(await this.call('GET', `/api/sessions/${id}`));
  }

  /** Asks, and waits until the session has settled. */
  async ask(id: string, action: 'start' | 'stop' | 'restart' | 'reconnect' | 'logout'): Promise<Session> {
    return readSession(
      await this.call('POST', `/api/sessions/${id}/${action}?wait=${Math.floor(this.#deadlineMs / 1_000)}`),
    );
  }

  /** The values it went through, oldest first. */
  async life(id: string): Promise<string[]> {
    const answer = await this.call('GET', `/api/sessions/${id}/history?limit=200`);
    const { items } = z.object({ items: z.array(transitionSchema) }).parse(await answer.json());
    return items.map(({ to }) => to).toReversed();
  }

  async simulate(id: string, event: SimulatedEvent): Promise<number> {
    return (await this.call('POST', `/api/sessions/${id}/simulate`, event)).status;
  }

  /** Polls as a page would until the session is as `is` says. */
  async until(id: string, is: (session: Session) => boolean): Promise<Session> {
    const deadline = AbortSignal.timeout(this.#deadlineMs);
    for (;;) {
      const session = await this.get(id);
      if (is(session)) return session;
      if (deadline.aborted) throw new Error(`${id} stays ${JSON.stringify(session)}`);
      await delay(20);
    }
  }

  reaches(id: string, value: string): Promise<Session> {
    return this.until(id, (session) => session.value.startsWith(value));
  }

  /** Creates, starts, scans, and waits until the login is sealed: then it stays as it is. */
  async link(id: string): Promise<Session> {
    await this.create(id);
    await this.reaches(id, 'waiting_qr');
    await this.simulate(id, { event: 'scan', phoneNumber: '5215550001111', displayName: 'Ana' });
    return this.until(id, ({ state, durable }) => state === 'ready' && durable);
  }

  /** Opens a stream of all the caller's sessions, from behind `after` or from now on. */
  async events(after?: string): Promise<EventReader> {
    const answer = await fetch(`${this.#url}/api/events`, {
      headers: { authorization: `Bearer ${this.#token}`, ...(after !== undefined && { 'last-event-id': after }) },
    });
    if (!answer.ok) throw new Error(`/api/events was answered with ${answer.status}`);
    return new EventReader(answer);
  }
}

async function readSession(answer: Response): Promise<Session> {
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status}: ${JSON.stringify(body)}`);
  return sessionSchema.parse(body);
}
