import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { withDeadline } from '../../../domain/deadline.ts';
import { browserEnvironment } from '../chromium/chromium-process.ts';
import { LaunchFailedError } from '../../device-errors.ts';
import type {
  FromThread,
  GivenUp,
  Outcome,
  PageCallName,
  PageCalls,
  PageDeadlines,
  Report,
  ThreadOptions,
  ToThread,
} from './messages.ts';

/** Megabytes. One client needs about 10; the rest is for the longest texts of a page. A heap beyond it ends this thread alone. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 512 };
const START_DEADLINE_MS = 30_000;

export interface IsolateOptions {
  readonly pairWith: string | null;
  readonly deadlines: PageDeadlines;
  readonly onReport: (report: Report) => void;
  /** The thread has ended without being told to. */
  readonly onExit: () => void;
}

/**
 * Keeps the library apart: a thread for each session, in which whatsapp-web.js and Puppeteer run. What they throw,
 * reject, hoard or loop ends that thread at most. The thread speaks to its browser over a socket; the browser's process
 * belongs to the main thread, which can kill it at any time.
 */
export class Isolate {
  /** The browser's end of the protocol. Give it to the browser and close it here. */
  readonly pipe: Socket;
  readonly #worker: Worker;
  readonly #pending = new Map<number, (outcome: Outcome<unknown>) => void>();
  readonly #hasEnded: Promise<void>;
  #isEnding = false;
  #calls = 0;

  private constructor(worker: Worker, pipe: Socket, { onReport, onExit }: IsolateOptions) {
    this.#worker = worker;
    this.pipe = pipe;
    // `exit` follows and is what counts.
    worker.on('error', () => {});
    worker.on('message', (message: FromThread) => {
      if (message.type === 'report') onReport(message.report);
      else this.#settle(message.id, message.outcome);
    });
    this.#hasEnded = new Promise((resolve) => {
      worker.once('exit', () => {
        for (const id of this.#pending.keys()) this.#settle(id, { kind: 'failed', why: 'the thread has ended' });
        if (!this.#isEnding) onExit();
        resolve();
      });
    });
  }

  /**
   * Resolves once the thread runs and waits for its browser. Rejects with {@link LaunchFailedError}, or with the
   * signal's reason.
   */
  static async start(options: IsolateOptions, signal: AbortSignal): Promise<Isolate> {
    const home = await mkdtemp(join(tmpdir(), 'wa-pipe-'));
    const pipePath = join(home, 's');
    // Paused: not a byte that is meant for the browser may be read here.
    const server = createServer({ pauseOnConnect: true });
    let worker: Worker | undefined;
    try {
      await listen(server, pipePath);
      const thread = createThread({ pipePath, pairWith: options.pairWith, deadlines: options.deadlines });
      worker = thread;
      const pipe = await withDeadline(START_DEADLINE_MS, signal, (over) => firstConnection(server, thread, over));
      return new Isolate(worker, pipe, options);
    } catch (cause) {
      await worker?.terminate();
      throw signal.aborted ? signal.reason : new LaunchFailedError('the thread for it did not come up', cause);
    } finally {
      server.close();
      await rm(home, { recursive: true, force: true });
    }
  }

  /** Asks the thread. Never rejects; ends with the signal at the latest. */
  call<Name extends PageCallName>(
    name: Name,
    request: PageCalls[Name]['request'],
    signal: AbortSignal,
  ): Promise<Outcome<PageCalls[Name]['result']>> {
    if (this.#isEnding || signal.aborted)
      return Promise.resolve({ kind: 'failed', why: 'there was no time for an answer' });
    const id = (this.#calls += 1);
    return new Promise((resolve) => {
      const giveUp = () => {
        this.#worker.postMessage({ givenUp: id } satisfies GivenUp);
        this.#settle(id, { kind: 'failed', why: 'no answer came in time' });
      };
      this.#pending.set(id, (outcome) => {
        signal.removeEventListener('abort', giveUp);
        // The thread's handlers are typed by the same table.
        resolve(outcome as Outcome<PageCalls[Name]['result']>);
      });
      signal.addEventListener('abort', giveUp);
      this.#worker.postMessage({ id, name, request } satisfies ToThread<Name>);
    });
  }

  /** Ends the thread, whatever it is doing; its pipe to the browser closes with it. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.pipe.destroy();
    await this.#worker.terminate();
    await this.#hasEnded;
  }

  #settle(id: number, outcome: Outcome<unknown>): void {
    const settle = this.#pending.get(id);
    this.#pending.delete(id);
    settle?.(outcome);
  }
}

/** The built service may be one file (scripts/bundle-service.mjs), a thread's is always its own. */
const THREAD = import.meta.url.endsWith('.ts')
  ? new URL('thread-from-source.mjs', import.meta.url)
  : new URL('dist/src/whatsapp/web/isolate/thread.js', import.meta.resolve('#package'));

function createThread(workerData: ThreadOptions): Worker {
  const worker = new Worker(THREAD, {
    workerData,
    resourceLimits: LIMITS,
    env: browserEnvironment(),
    // The library warns on the console. It has nothing to say there that is not reported.
    stdout: true,
    stderr: true,
  });
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function firstConnection(server: Server, worker: Worker, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    server.once('connection', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The thread ended at once')));
    const giveUp = (): void => reject(new Error('The thread did not connect'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
