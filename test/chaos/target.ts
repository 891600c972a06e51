import { setTimeout as delay } from 'node:timers/promises';

import type { Session } from '../../src/domain/session.ts';
import type { Client } from '../service/client.ts';
import type { ChaosFixture } from './chaos-fixture.ts';

const HEALS_WITHIN_MS = 180_000;
const LOOK_MS = 50;

/**
 * A fault of one session, or an intent for it, and the paths of states that may follow. The session must take one of
 * them. There are none where the state need not change.
 */
export interface FaultCase<Name extends string = string> {
  readonly name: Name;
  readonly ways: readonly (readonly string[])[];
}

/** A session that gets one fault after another. */
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
   * Causes the fault now. Where no snapshot shows its effect, waits for the effect until `signal` aborts. May reject
   * when another fault came a moment before.
   */
  abstract inject(fault: string, signal: AbortSignal): Promise<void>;
  /** Takes back the causes that would keep it from being ready again, such as a network that is down. */
  abstract clearObstacles(): Promise<void>;
  /** Lets the phone scan the code that is shown. */
  abstract scan(session: Session): Promise<void>;

  /** The step it is at, for the message of a deadline that has passed. */
  get doing(): string {
    return `${this.key} ${this.#doing}`;
  }

  /**
   * Brings the session to ready, injects the fault, and waits until the session has taken one of the paths. A fault of
   * the whole service meanwhile ends the wait: any path is right then.
   */
  async expectRecovery({ name, ways }: FaultCase): Promise<void> {
    const { rev } = await this.recover();
    const { chaos, key } = this;
    const { disturbed } = chaos;
    const done = new AbortController();
    const signal = AbortSignal.any([disturbed, done.signal]);
    try {
      this.#doing = `gets ${name} after ${rev}`;
      await this.inject(name, signal);
      this.#doing = `recovers from ${name} after ${rev}`;
      if (ways.length > 0) await Promise.any(ways.map((way) => chaos.watcher.passes(key, way, rev, signal)));
    } catch (error) {
      if (!disturbed.aborted)
        throw new Error(
          `${key} did not survive "${name}": ${[error instanceof AggregateError ? error.errors : error].flat().join('; ')}`,
          { cause: error },
        );
    } finally {
      this.#doing = `has recovered from ${name}`;
      done.abort();
    }
  }

  /**
   * Acts for its user, by a start or a scan, until the session is ready. Resolves with the session as it is then.
   * Rejects when that takes longer than three minutes.
   */
  async recover(): Promise<Session> {
    const deadline = AbortSignal.timeout(HEALS_WITHIN_MS);
    let [last, obstacle] = ['never seen', ''];
    while (!deadline.aborted) {
      this.#doing = `is brought to ready: ${last} ${obstacle}`;
      try {
        await this.clearObstacles();
        const client = await this.client();
        const session = await client.get(this.id);
        last = JSON.stringify(session);
        // A kill before that would cost the login, as it should.
        if (session.value === 'ready.online' && session.durable) {
          // Something asked during an outage may still be in the queue.
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
    throw new Error(`${this.key} does not become ready: ${last} ${obstacle}`);
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
