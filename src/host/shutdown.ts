import type { Logger } from 'pino';

import { ensureError } from '../domain/errors.ts';

/** The service, as its process ends it. */
interface Ending {
  /** Ends everything, in order; `announced`: so that whoever sends requests here notices first. Never rejects. */
  stop(how: 'at once' | 'announced'): Promise<void>;
  /** Handles an uncaught error; `false` when it does not know how to recover from it. */
  heal(error: Error): boolean;
}

interface ShutdownOptions {
  readonly log: Logger;
  readonly service: Ending;
  /** The longest time from the first signal to the exit (ms); it holds when a part hangs, too. */
  readonly timeoutMs: number;
  readonly process: NodeJS.Process;
}

/** Kept for flushing the log when everything else hangs (ms). */
const SPARE_MS = 500;

/**
 * Ends the process in order. The first SIGTERM or SIGINT stops the service and exits 0, a second one exits at once; an
 * uncaught error that the service cannot handle stops it too and exits 1. The time-out holds when a part hangs, too.
 */
export class Shutdown {
  readonly #options: ShutdownOptions;
  #begun = false;

  constructor(options: ShutdownOptions) {
    this.#options = options;
  }

  /** From now on. Call it before the service starts: what has come up by the first signal is ended in order. */
  listen(): void {
    const { process: host, log } = this.#options;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, () => this.#signalled(signal));
    // `npm start` holds a channel to this process: when the starter is killed, nobody would ever end it.
    host.on('disconnect', () => {
      if (!this.#begun) this.#signalled('disconnect');
    });
    host.channel?.unref();
    host.on('unhandledRejection', (reason) => this.#failed(reason, 'a rejection that nobody handled'));
    host.on('uncaughtException', (error) => this.#failed(error, 'an exception that nobody caught'));
    host.on('warning', (warning) => log.warn({ err: warning }, 'node'));
  }

  #signalled(signal: string): void {
    const { log } = this.#options;
    if (this.#begun) {
      log.warn({ signal }, 'second signal: ending now');
      return this.#exit(1);
    }
    log.info({ signal }, 'shutting down');
    // Whoever presses Ctrl-C sends no requests any more.
    void this.#end(0, signal === 'SIGTERM' ? 'announced' : 'at once');
  }

  #failed(thrown: unknown, message: string): void {
    const { log, service } = this.#options;
    const error = ensureError(thrown);
    if (!this.#begun && service.heal(error)) return;
    log.fatal({ err: error }, message);
    if (!this.#begun) void this.#end(1, 'at once');
  }

  async #end(code: number, how: 'at once' | 'announced'): Promise<void> {
    const { log, service, timeoutMs } = this.#options;
    this.#begun = true;
    const late = setTimeout(
      () => {
        log.error({ timeoutMs }, 'shutdown took too long: ending now');
        this.#exit(code === 0 ? 1 : code);
      },
      Math.max(0, timeoutMs - SPARE_MS),
    );
    await service.stop(how);
    clearTimeout(late);
    log.info('shut down');
    this.#exit(code);
  }

  #exit(code: number): void {
    this.#options.process.exit(code);
  }
}
