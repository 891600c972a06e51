import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import whatsapp from 'whatsapp-web.js';

const WAIT_MS = 60_000;

interface Recorded {
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface RealClientOptions {
  readonly executablePath: string;
  /** Where the login lies; keep it to start again from it. */
  readonly dataPath: string;
  readonly options?: Partial<whatsapp.ClientOptions>;
  readonly protocolTimeoutMs?: number;
  readonly browserArgs?: readonly string[];
}

/** The real library in a real browser, with everything it emits on record. */
export interface RealClient {
  readonly client: whatsapp.Client;
  readonly events: readonly Recorded[];
  /** The names alone, without the progress of loading. */
  names(): readonly string[];
  /** Arguments of the first event of this name that `next` has not yet returned, waiting up to 20 s for it. */
  next(name: string): Promise<readonly unknown[]>;
  /** The first argument of `next`. */
  nextText(name: string): Promise<string>;
  /** The socket's state, by the page's own word. */
  state(): Promise<string>;
  /** Calls the page's own code. */
  inPage(expression: string): Promise<unknown>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A folder that is gone afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'real-client-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

const EVENTS = [
  'qr',
  'code',
  'authenticated',
  'ready',
  'disconnected',
  'change_state',
  'message',
  'message_create',
  'message_ack',
  'loading_screen',
];

export function createRealClient({
  executablePath,
  dataPath,
  options = {},
  protocolTimeoutMs = 15_000,
  browserArgs = [],
}: RealClientOptions): RealClient {
  const client = new whatsapp.Client({
    authStrategy: new whatsapp.LocalAuth({ dataPath }),
    webVersionCache: { type: 'none' },
    ...options,
    puppeteer: {
      executablePath,
      headless: executablePath.includes('headless-shell') ? 'shell' : true,
      pipe: true,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      protocolTimeout: protocolTimeoutMs,
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...browserArgs],
    },
  });
  const inPage = async (expression: string): Promise<unknown> => {
    if (client.pupPage === undefined) throw new Error('The browser has not started');
    return client.pupPage.evaluate(expression);
  };
  // Puppeteer takes its error handlers off a pipe when it closes it; a browser that dies right then would end the
  // process.
  const guardPipes = (): void => {
    for (const pipe of client.pupBrowser?.process()?.stdio ?? []) pipe?.on('error', () => undefined);
  };
  const events: Recorded[] = [];
  const taken = new Map<string, number>();
  const waiting = new Set<() => void>();
  const record = (name: string, args: readonly unknown[]): void => {
    events.push({ name, args });
    for (const wake of waiting) wake();
  };
  for (const name of EVENTS) client.on(name, (...args: unknown[]) => record(name, args));

  let isStarting = false;
  let isStopped = false;
  // The library calls this un-awaited from its navigation handler: without a catch its failure would be the process's.
  // Its typings leave it out.
  const injecting = client as unknown as { inject: () => Promise<void> };
  const inject = injecting.inject.bind(client);
  injecting.inject = async () => {
    try {
      await inject();
    } catch (error) {
      if (isStarting) throw error;
      if (!isStopped) record('inject_failed', [error]);
    }
  };

  // The library closes the browser by itself on some states. Closing it a second time meanwhile kills it before a fresh
  // login is on disk.
  const destroy = client.destroy.bind(client);
  let closing: Promise<void> | null = null;
  client.destroy = () => (closing ??= destroy());

  return {
    client,
    events,
    names: () => events.map(({ name }) => name).filter((name) => name !== 'loading_screen'),
    async next(name) {
      const givesUp = AbortSignal.timeout(WAIT_MS);
      for (;;) {
        const skip = taken.get(name) ?? 0;
        const found = events.filter((event) => event.name === name)[skip];
        if (found !== undefined) {
          taken.set(name, skip + 1);
          return found.args;
        }
        if (givesUp.aborted)
          throw new Error(`No "${name}" within ${WAIT_MS} ms; so far: ${events.map((event) => event.name).join(', ')}`);
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            givesUp.removeEventListener('abort', wake);
            resolve();
          };
          waiting.add(wake);
          givesUp.addEventListener('abort', wake);
        });
      }
    },
    async nextText(name) {
      return String((await this.next(name))[0]);
    },
    state: async () => String(await inPage(`window.require('WAWebSocketModel').Socket.state`)),
    inPage,
    async start() {
      isStarting = true;
      try {
        await client.initialize();
      } finally {
        isStarting = false;
        guardPipes();
      }
    },
    async stop() {
      isStopped = true;
      guardPipes();
      await client.destroy();
    },
  };
}

/** Runs `use` with a client that is stopped afterwards, also when `use` rejects. */
export async function withRealClient<T>(
  options: RealClientOptions,
  use: (client: RealClient) => Promise<T>,
): Promise<T> {
  const client = createRealClient(options);
  try {
    return await use(client);
  } finally {
    await client.stop();
  }
}

/** Polls until `read` returns `wanted`. Rejects after 30 s with its last value. */
export async function until<T>(read: () => T | Promise<T>, wanted: T): Promise<void> {
  const givesUpAt = performance.now() + 30_000;
  for (;;) {
    const value = await read();
    if (value === wanted) return;
    if (performance.now() > givesUpAt) throw new Error(`Wanted ${String(wanted)}, got ${String(value)}`);
    await delay(25);
  }
}
