import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

import { z } from 'zod';

import { clockAnswerSchema, type ClockOrder } from '../domain/clock-orders.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from '../host/process-identity.ts';

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;
const TURN_DEADLINE_MS = 60_000;

const logLine = z.looseObject({ msg: z.string(), url: z.string().optional(), redisPid: z.number().optional() });

/** Built beside the built service, and in its sources beside the sources, which need tsx. */
const isBuilt = import.meta.url.endsWith('.js');
const main = fileURLToPath(new URL(`../main.${isBuilt ? 'js' : 'ts'}`, import.meta.url));
/**
 * The built service in one file, which is read in a third of the time (scripts/bundle-service.mjs). A build without it
 * does as well.
 */
const bundled = fileURLToPath(new URL('../main.bundled.js', import.meta.url));
/** The build that stands for the sources: this project's tests have just made it. It starts in a quarter of the time. */
const stand = process.env['TEST_KIT_SERVICE'];

/** The service in a process of its own, which ends with this one at the latest. */
export class ServiceProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #redises: readonly ProcessIdentity[];
  #orders = 0;

  private constructor(url: string, child: ChildProcess, exited: Promise<void>, redises: readonly ProcessIdentity[]) {
    this.url = url;
    this.#child = child;
    this.#exited = exited;
    this.#redises = redises;
  }

  /** Resolves once it listens. Rejects with what it said when it ends before, or does not listen within 30 s. */
  static async start(env: NodeJS.ProcessEnv, cwd: string): Promise<ServiceProcess> {
    const child = spawn(process.execPath, commandFor(env), {
      cwd,
      env,
      // It ends when the channel does, so nothing of it outlives a test run that was killed.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const said: string[] = [];
    const redises: ProcessIdentity[] = [];
    const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const late = setTimeout(() => child.kill('SIGKILL'), START_DEADLINE_MS);
    const url = await new Promise<string>((resolve, reject) => {
      const hear = (line: string): void => {
        const entry = parseLine(line);
        said.push(stripVTControlCharacters(line));
        const redis = entry?.redisPid === undefined ? null : identifyProcess(entry.redisPid);
        if (redis !== null) redises.push(redis);
        if (entry?.msg === 'listening' && entry.url !== undefined) resolve(entry.url);
      };
      for (const stream of [child.stdout, child.stderr])
        if (stream !== null) createInterface({ input: stream }).on('line', hear);
      child.once('error', reject);
      void exited.then(() => reject(new Error(`The service did not start:\n${said.slice(-20).join('\n')}`)));
    });
    clearTimeout(late);
    return new ServiceProcess(url, child, exited, redises);
  }

  /** Ends it as a deployment would; what does not end in time is killed. `SIGKILL` is the crash of a machine. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    this.#child.kill(signal);
    await this.#exited;
    clearTimeout(late);
  }

  /**
   * Turns its clock by `ms`; resolves to how far it is then ahead (ms). Rejects when the service ends meanwhile, or
   * does not answer within a minute.
   */
  async turnClock(ms: number): Promise<number> {
    const child = this.#child;
    const order: ClockOrder = { clock: 'advance', order: (this.#orders += 1), ms };
    let hear: (message: unknown) => void = () => undefined;
    let late: NodeJS.Timeout | undefined;
    try {
      return await new Promise<number>((resolve, reject) => {
        hear = (message) => {
          const { data: answer } = clockAnswerSchema.safeParse(message);
          if (answer?.order === order.order) resolve(answer.aheadMs);
        };
        child.on('message', hear);
        late = setTimeout(
          () => reject(new Error(`The service did not turn its clock by ${ms} ms within ${TURN_DEADLINE_MS} ms`)),
          TURN_DEADLINE_MS,
        );
        void this.#exited.then(() => reject(new Error(`The service ended before its clock was turned by ${ms} ms`)));
        child.send(order, (error) => {
          if (error !== null) reject(error);
        });
      });
    } finally {
      clearTimeout(late);
      child.off('message', hear);
    }
  }

  /** What a killed one left. */
  endLeftovers(): void {
    for (const redis of this.#redises.filter(isRunning)) process.kill(redis.pid, 'SIGKILL');
  }
}

/** The bundle runs simulated sessions alone. */
/** Node's arguments. */
function commandFor({ DRIVER }: NodeJS.ProcessEnv): string[] {
  const build = isBuilt ? bundled : stand;
  if (DRIVER === 'simulated' && build !== undefined && existsSync(build)) return [build];
  return [...(isBuilt ? [] : ['--import', import.meta.resolve('tsx')]), main];
}

function parseLine(line: string): z.infer<typeof logLine> | null {
  try {
    return logLine.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
