import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { SignJWT } from 'jose';
import { z } from 'zod';

import { LEAN } from '#lean-node';

import { identifyProcess, isRunning, type ProcessIdentity } from '../../src/host/process-identity.ts';
import { Client } from './client.ts';

/** Node's arguments: the service as its users run it. `test/build.ts` has built it. */
const BUILT = [...LEAN.args, fileURLToPath(new URL('../../dist/src/main.bundled.js', import.meta.url))];
export const SECRET = 'a secret of the service’s tests, long enough';
const START_DEADLINE_MS = 120_000;
/** A file that gets everything that services log, for a person who looks for a fault. */
const LOG_FILE = process.env['SERVICE_LOG_FILE'];

const logLine = z.looseObject({
  level: z.number(),
  msg: z.string(),
  url: z.string().optional(),
  redisPid: z.number().optional(),
});
type LogLine = z.infer<typeof logLine>;

interface Launched {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  readonly listening: Promise<string>;
  readonly log: readonly LogLine[];
  /** Emits `line` once a line is in `log`. */
  readonly logged: EventEmitter;
  readonly redises: readonly ProcessIdentity[];
  /** Output that was no line of the log. */
  said(): string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * The whole service as its users run it: a process of its own, on an embedded Redis and, unless its environment says
 * otherwise, the simulated driver.
 */
export class Service {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<Exit>;
  readonly #log: readonly LogLine[];
  readonly #logged: EventEmitter;
  readonly #redises: readonly ProcessIdentity[];

  private constructor({ child, exited, log, logged, redises }: Launched, url: string) {
    this.url = url;
    this.#child = child;
    this.#exited = exited;
    this.#log = log;
    this.#logged = logged;
    this.#redises = redises;
  }

  /**
   * Resolves once it listens. Rejects with what it said when it ends before. @param program what Node is told to run
   */
  static async start(
    directory: string,
    env: Readonly<Record<string, string>> = {},
    program: readonly string[] = BUILT,
  ): Promise<Service> {
    const launched = launch(directory, env, program);
    const late = setTimeout(() => launched.child.kill('SIGKILL'), START_DEADLINE_MS);
    const ended = launched.exited.then(() => Promise.reject(new Error(`The service ended: ${launched.said()}`)));
    try {
      return new Service(launched, await Promise.race([launched.listening, ended]));
    } finally {
      clearTimeout(late);
      ended.catch(() => undefined);
    }
  }

  /** Runs one that is not expected to come up; resolves with what it said. */
  static async refused(
    directory: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Exit & { readonly said: string }> {
    const { child, exited, said } = launch(directory, env, BUILT);
    const late = setTimeout(() => child.kill('SIGKILL'), START_DEADLINE_MS);
    const exit = await exited;
    clearTimeout(late);
    return { ...exit, said: said() };
  }

  /** Every Redis that it has run; the last one is the present one. */
  get redises(): readonly ProcessIdentity[] {
    return this.#redises;
  }

  /** Its log, oldest line first. */
  get log(): readonly LogLine[] {
    return this.#log;
  }

  get errors(): readonly LogLine[] {
    return this.#log.filter((line) => line.level >= 50);
  }

  says(message: string): boolean {
    return this.#log.some(({ msg }) => msg === message);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves once the log has this message. Rejects when the service ends before. */
  async hears(message: string): Promise<void> {
    const ended = this.#exited.then(() => {
      if (!this.says(message)) throw new Error(`It ended without saying "${message}"`);
    });
    while (!this.says(message)) await Promise.race([once(this.#logged, 'line'), ended]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  get exited(): Promise<Exit> {
    return this.#exited;
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.signal(signal);
    return this.#exited;
  }

  /** For the end of a test, failed half-way or not: nothing of it is left. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.end('SIGKILL');
    for (const redis of this.#redises.filter(isRunning)) process.kill(redis.pid, 'SIGKILL');
  }

  /** A caller with a token of its own, who waits for an answer or a state as long as `deadlineMs`. */
  async client(
    userId = 'ana',
    { scope = '', deadlineMs = 60_000 }: { scope?: 'admin' | ''; deadlineMs?: number } = {},
  ): Promise<Client> {
    const claims = scope === '' ? {} : { scope };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setExpirationTime('1d')
      .sign(new TextEncoder().encode(SECRET));
    return new Client(this.url, token, deadlineMs);
  }
}

/** Its data, temporary files and working directory all lie in `directory`. */
function launch(directory: string, env: Readonly<Record<string, string>>, program: readonly string[]): Launched {
  const [dataDir, temporary] = [join(directory, 'data'), join(directory, 'tmp')];
  mkdirSync(temporary, { recursive: true });
  const child = spawn(process.execPath, program, {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TMPDIR: temporary,
      DRIVER: 'simulated',
      RATE_LIMIT_PER_MINUTE: '0',
      PORT: '0',
      DATA_DIR: dataDir,
      JWT_SECRET: SECRET,
      LOG_FORMAT: 'json',
      NODE_CAPACITY: '20',
      LAME_DUCK_MS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: LogLine[] = [];
  const logged = new EventEmitter();
  const redises: ProcessIdentity[] = [];
  const words: string[] = [];
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const listening = new Promise<string>((resolve) => {
    const hear = (line: string): void => {
      if (LOG_FILE !== undefined) appendFileSync(LOG_FILE, `${line}\n`);
      const entry = parseLine(line);
      if (entry === null) words.push(line);
      else {
        log.push(entry);
        logged.emit('line');
      }
      const redis = entry?.redisPid === undefined ? null : identifyProcess(entry.redisPid);
      if (redis !== null) redises.push(redis);
      if (entry?.msg === 'listening' && entry.url !== undefined) resolve(entry.url);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', hear);
  });
  return { child, exited, listening, log, logged, redises, said: () => words.join('\n') };
}

function parseLine(line: string): LogLine | null {
  try {
    return logLine.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
