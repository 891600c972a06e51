import type { Logger } from 'pino';

import { ensureError } from '../domain/errors.ts';

interface ShutdownOptions {
  readonly log: Logger;
  /** From the first signal to the exit, whatever hangs (ms). */
  readonly timeoutMs: number;
  readonly process: NodeJS.Process;
}

interface Part {
  readonly name: string;
  readonly end: () => Promise<unknown>;
}

/** Kept for flushing the log when everything else hangs (ms). */
const SPARE_MS = 500;

/**
 * Ends the process in order. The first SIGTERM or SIGINT ends the parts and exits 0, a second one exits at once; an
 * error that nobody caught ends them too and exits 1, unless it can be healed. Whatever hangs, the time-out holds.
 */
export class Shutdown {
  readonly #options: ShutdownOptions;
  readonly #first: Part[] = [];
  readonly #last: Part[] = [];
  #begun = false;
  #heal: (error: Error) => boolean = () => false;

  constructor(options: ShutdownOptions) {
    this.#options = options;
    const { process: host, log } = options;
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

  /** Ended together, before anything that was registered with `last`. */
  first(name: string, end: () => Promise<unknown>): void {
    this.#first.push({ name, end });
  }

  /** Ended one by one, the newest first: what was built upon goes after what was built on it. */
  last(name: string, end: () => Promise<unknown>): void {
    this.#last.unshift({ name, end });
  }

  /** Says who heals an error that nobody caught; returns `false` for one that it does not know how to heal. */
  healBy(heal: (error: Error) => boolean): void {
    this.#heal = heal;
  }

  #signalled(signal: string): void {
    const { log } = this.#options;
    if (this.#begun) {
      log.warn({ signal }, 'second signal: ending now');
      return this.#exit(1);
    }
    log.info({ signal }, 'shutting down');
    void this.#end(0);
  }

  #failed(thrown: unknown, message: string): void {
    const error = ensureError(thrown);
    if (!this.#begun && this.#heal(error)) return;
    this.#options.log.fatal({ err: error }, message);
    if (!this.#begun) void this.#end(1);
  }

  async #end(code: number): Promise<void> {
    const { log, timeoutMs } = this.#options;
    this.#begun = true;
    const late = setTimeout(
      () => {
        log.error({ timeoutMs }, 'shutdown took too long: ending now');
        this.#exit(code === 0 ? 1 : code);
      },
      Math.max(0, timeoutMs - SPARE_MS),
    );
    await Promise.all(this.#first.map((part) => this.#endPart(part)));
    for (const part of this.#last) await this.#endPart(part);
    clearTimeout(late);
    log.info('shut down');
    this.#exit(code);
  }

  async #endPart({ name, end }: Part): Promise<void> {
    try {
      await end();
    } catch (error) {
      this.#options.log.error({ err: ensureError(error), part: name }, 'a part did not end well');
    }
  }

  #exit(code: number): void {
    this.#options.process.exit(code);
  }
}
