import { setTimeout as delay } from 'node:timers/promises';

import type { Session } from '../../src/domain/session.ts';
import type { Client } from '../service/client.ts';
import type { ChaosFixture } from './chaos-fixture.ts';

const HEALS_WITHIN_MS = 180_000;
const LOOK_MS = 50;

/**
 * Something that goes wrong with one session, or is done to it, and the ways that are right from there: one of them
 * must be gone. None where it is not to change anything.
 */
export interface FaultCase<Name extends string = string> {
  readonly name: Name;
  readonly ways: readonly (readonly string[])[];
}

/** A session that is struck again and again. */
export abstract class Target {
  readonly chaos: ChaosFixture;
  readonly userId: string;
  readonly id: string;
  readonly key: string;
  #doing = 'nothing yet';

  constructor(chaos: ChaosFixture, userId: string, id: string) {
    this.chaos = chaos;
    this.userId = userId;
    this.id = id;
    this.key = `${userId}/${id}`;
  }

  /**
   * Makes this happen now, and waits for whatever no snapshot tells, until `signal` aborts. May fail when something
   * else went wrong a moment before.
   */
  abstract inject(fault: string, signal: AbortSignal): Promise<void>;
  /** Takes back whatever still stands in the way of getting well. */
  abstract clearObstacles(): Promise<void>;
  /** Lets the phone scan the code that is shown. */
  abstract scan(session: Session): Promise<void>;

  /** What it waits for now, for whoever waits for it. */
  get doing(): string {
    return `${this.key} ${this.#doing}`;
  }

  /**
   * Gets well first, is struck then, and waits until one of the right ways was gone. What it had to wait for is void
   * once the service or its store was struck as well.
   */
  async expectRecovery({ name, ways }: FaultCase): Promise<void> {
    const { rev } = await this.recover();
    const { chaos, key } = this;
    const { disturbed } = chaos;
    const done = new AbortController();
    const signal = AbortSignal.any([disturbed, done.signal]);
    try {
      this.#doing = `is struck by ${name} after ${rev}`;
      await this.inject(name, signal);
      this.#doing = `suffers ${name} after ${rev}`;
      if (ways.length > 0) await Promise.any(ways.map((way) => chaos.watcher.passes(key, way, rev, signal)));
    } catch (error) {
      if (!disturbed.aborted)
        throw new Error(
          `${key} did not survive "${name}": ${[error instanceof AggregateError ? error.errors : error].flat().join('; ')}`,
          { cause: error },
        );
    } finally {
      this.#doing = `has suffered ${name}`;
      done.abort();
    }
  }

  /**
   * Does what its user would do until it is ready: start it, scan. Resolves with it as it is then; rejects when that
   * does not help.
   */
  async recover(): Promise<Session> {
    const deadline = AbortSignal.timeout(HEALS_WITHIN_MS);
    let [last, obstacle] = ['never seen', ''];
    while (!deadline.aborted) {
      this.#doing = `gets well: ${last} ${obstacle}`;
      try {
        await this.clearObstacles();
        const client = await this.client();
        const session = await client.get(this.id);
        last = JSON.stringify(session);
        // A kill before that would cost the login, as it should.
        if (session.value === 'ready.online' && session.durable) {
          // Something asked during an outage may still be in line.
          const settled = await client.ask(this.id, 'start');
          if (settled.value === 'ready.online' && settled.desired === 'running') return settled;
        } else if (session.state === 'waiting_qr') await this.scan(session);
        else if (session.tags.includes('at_rest')) await client.call('POST', `/api/sessions/${this.id}/start`);
      } catch (error) {
        // The service or its store is away, or the code was spent a moment before.
        obstacle = String(error);
      }
      await delay(LOOK_MS);
    }
    throw new Error(`${this.key} does not get well: ${last} ${obstacle}`);
  }

  client(): Promise<Client> {
    return this.chaos.client(this.userId);
  }

  /** Asks until the request is written down. */
  async insist(action: 'start' | 'stop' | 'restart' | 'reconnect'): Promise<void> {
    await this.#insist((client) => client.call('POST', `/api/sessions/${this.id}/${action}`), action);
  }

  /** Asks until it has started, and all that was asked before has been acted upon. */
  async insistOnRunning(): Promise<void> {
    const ask = async (client: Client): Promise<Response> => {
      const answer = await client.call('POST', `/api/sessions/${this.id}/start?wait=60`);
      if (answer.status === 202) throw new Error('it has not settled');
      return answer;
    };
    await this.#insist(ask, 'start');
  }

  async create(): Promise<void> {
    await this.#insist((client) => client.call('POST', '/api/sessions', { id: this.id }), 'create');
  }

  async #insist(ask: (client: Client) => Promise<Response>, action: string): Promise<void> {
    const deadline = AbortSignal.timeout(HEALS_WITHIN_MS);
    for (;;) {
      const answer = await this.client()
        .then(ask)
        .catch((error: unknown) => error);
      if (answer instanceof Response && answer.ok) return;
      const said = answer instanceof Response ? `${answer.status} ${await answer.text()}` : String(answer);
      if (deadline.aborted || (answer instanceof Response && answer.status < 500))
        throw new Error(`${this.key}: ${action} came to nothing: ${said}`, { cause: answer });
      await delay(LOOK_MS);
    }
  }
}
