import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { sessionSchema, type Session } from '../../src/domain/session.ts';

const DEADLINE_MS = 60_000;

/** The whole service as its users run it: a process of its own, with its own Redis, driven over HTTP. */
export class Service {
  readonly #child: ChildProcess;
  #output = '';
  #url = '';
  #token = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    const keep = (chunk: Buffer) => {
      this.#output += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  /** Starts it and waits until it has said where it listens. */
  static async start(env: Readonly<Record<string, string>>): Promise<Service> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
      env: { ...process.env, HOST: '127.0.0.1', PORT: '0', LOG_FORMAT: 'json', NODE_ENV: 'development', ...env },
    });
    const service = new Service(child);
    await service.#until(() => /TOKEN=(\S+)/.test(service.#output) || child.exitCode !== null, 'the service listens');
    service.#url = /Listening on (\S+)/.exec(service.#output)?.[1] ?? '';
    service.#token = /TOKEN=(\S+)/.exec(service.#output)?.[1] ?? '';
    if (service.#token === '') throw new Error(`The service did not start: ${service.#output}`);
    return service;
  }

  /** All that it has written. */
  get output(): string {
    return this.#output;
  }

  get token(): string {
    return this.#token;
  }

  async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  }

  async session(id: string): Promise<Session> {
    return sessionSchema.parse((await this.call('GET', `/api/sessions/${id}`)).body);
  }

  /** Waits until the session's value begins with `value`. */
  async reaches(id: string, value: string): Promise<Session> {
    let seen = await this.session(id);
    await this.#until(async () => {
      seen = await this.session(id);
      return seen.value.startsWith(value);
    }, `${id} is ${value}`);
    return seen;
  }

  /** The values it went through, oldest first. */
  async life(id: string): Promise<string[]> {
    const { body } = await this.call('GET', `/api/sessions/${id}/history?limit=200`);
    const { items } = z.object({ items: z.array(z.object({ to: z.string() })) }).parse(body);
    return items.map(({ to }) => to).toReversed();
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }

  async #until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`Not within ${DEADLINE_MS} ms: ${what}.\n${this.#output.slice(-4_000)}`);
      await sleep(50);
    }
  }
}
