import type { Clock } from './clock.ts';
import { ensureError } from './errors.ts';

interface EveryOptions {
  /** Until the first call (ms). @defaultValue as long as between two calls */
  readonly firstMs?: number;
  /** Hears of a call that failed; the next one comes all the same. @defaultValue the error goes unhandled */
  readonly onError?: (error: unknown) => void;
}

/** Work that is done again and again, until it is stopped. */
export interface Recurring {
  /** Starts no call any more, and aborts the signal of one under way. Resolves when that has ended; never rejects. */
  stop(): Promise<void>;
}

/**
 * Calls `work` again and again: `ms` milliseconds after the call before has ended, so that no two overlap. As a function
 * `ms` is asked before each wait.
 */
export function every(
  clock: Clock,
  ms: number | (() => number),
  work: (signal: AbortSignal) => void | Promise<void>,
  { firstMs, onError = rethrow }: EveryOptions = {},
): Recurring {
  const stopping = new AbortController();
  const { signal } = stopping;
  let timer: unknown;
  let underWay: Promise<unknown> = Promise.resolve();
  const schedule = (): void => {
    if (!signal.aborted) timer = clock.setTimeout(call, typeof ms === 'number' ? ms : ms());
  };
  const call = (): void => {
    let ended: Promise<void> | null = null;
    try {
      // What needs no promise is over at once, and the next call is timed from now.
      ended = work(signal) ?? null;
    } catch (error) {
      ended = Promise.reject(ensureError(error));
    }
    if (ended === null) return schedule();
    underWay = ended.then(schedule, (error: unknown) => {
      schedule();
      onError(error);
    });
  };
  if (firstMs === undefined) schedule();
  else timer = clock.setTimeout(call, firstMs);
  return {
    async stop() {
      stopping.abort();
      clock.clearTimeout(timer);
      // Whoever is told of failures has been told of this one.
      await underWay.catch(() => undefined);
    },
  };
}

function rethrow(error: unknown): never {
  throw error;
}
