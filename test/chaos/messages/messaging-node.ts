import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { RedisAddress } from '../../../src/store/connection.ts';
import type { NodeSays, TestSays } from './phone-line.ts';
import type { Phones } from './phones.ts';

const PROGRAM = fileURLToPath(new URL('node-process.ts', import.meta.url));
const UP_DEADLINE_MS = 60_000;

interface NodeOptions {
  readonly name: string;
  readonly directory: string;
  readonly redis: RedisAddress;
  readonly phones: Phones;
  readonly env: Readonly<Record<string, string>>;
}

/** A node in a process of its own, which can be killed, frozen, and started again on the same data. */
export class MessagingNode {
  readonly #options: NodeOptions;
  #child: ChildProcess | null = null;
  #url: string | null = null;
  #gone: Promise<void> = Promise.resolve();
  readonly #words: string[] = [];

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Where it listens; `null` while it does not, or is frozen. */
  get url(): string | null {
    return this.#url;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.#options.name} does not run.`);
    return this.#child.pid;
  }

  /** What it logged as an error. */
  get errors(): readonly string[] {
    return this.#words
      .join('')
      .split('\n')
      .filter((line) => /"level":[56]0/.test(line));
  }

  async start(): Promise<void> {
    const { name, directory, redis, phones, env } = this.#options;
    const child = fork(PROGRAM, [], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: {
        PATH: process.env['PATH'],
        NODE_ID: name,
        DRIVER: 'simulated',
        PORT: '0',
        DATA_DIR: join(directory, name),
        PROFILE_DIR: join(directory, name, 'profiles'),
        // Named, so that none of its own is started; it is reached by its socket.
        REDIS_URL: 'redis://127.0.0.1:1',
        REDIS_SOCKET: redis.kind === 'socket' ? redis.path : '',
        LAME_DUCK_MS: '0',
        ...env,
      },
    });
    child.stderr?.on('data', (text: Buffer) => void this.#words.push(text.toString()));
    const { hear, end } = phones.line((said: TestSays) => {
      if (child.connected) child.send(said, () => undefined);
    });
    child.on('error', () => undefined);
    this.#child = child;
    // Its browsers end with it: the next one would reap them.
    this.#gone = once(child, 'exit').then(async () => {
      this.#url = null;
      await end();
    });
    const listening = new Promise<string>((resolve) => {
      child.on('message', (said: NodeSays) => {
        if (said.kind === 'listening') resolve(said.url);
        else hear(said);
      });
    });
    const late = setTimeout(() => child.kill('SIGKILL'), UP_DEADLINE_MS);
    const ended = this.#gone.then(() => Promise.reject(new Error(`${name} ended: ${this.#words.slice(-20).join('')}`)));
    try {
      this.#url = await Promise.race([listening, ended]);
    } finally {
      clearTimeout(late);
      ended.catch(() => undefined);
    }
  }

  async kill(): Promise<void> {
    this.#url = null;
    this.#child?.kill('SIGKILL');
    await this.#gone;
  }

  /** Stops it where it is; the result lets it go on. */
  freeze(): () => void {
    const { pid } = this;
    const url = this.#url;
    this.#url = null;
    process.kill(pid, 'SIGSTOP');
    return () => {
      process.kill(pid, 'SIGCONT');
      this.#url = url;
    };
  }
}
