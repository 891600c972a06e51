/** When a stream gives up and when it tries again. Times are in milliseconds. */
export interface Timing {
  /**
   * Silence after which a stream is taken for dead: a laptop slept, a network is gone. The service is never silent for
   * more than 15 s. @defaultValue 40000
   */
  readonly silenceMs: number;
  /** The first wait before connecting again; the service's `retry:` replaces it. @defaultValue 1000 */
  readonly retryMs: number;
  /** The longest wait. @defaultValue 30000 */
  readonly maxRetryMs: number;
  /**
   * How long a page may be hidden before what need not be told there lets its stream go; `Infinity`: for ever.
   * @defaultValue 5000
   */
  readonly hiddenMs: number;
  /** From 0 to 1, for the jitter. @defaultValue Math.random */
  readonly random: () => number;
  /** Must go on while the machine sleeps. @defaultValue Date.now */
  readonly now: () => number;
}

export const TIMING: Timing = {
  silenceMs: 40_000,
  retryMs: 1_000,
  maxRetryMs: 30_000,
  hiddenMs: 5_000,
  random: () => Math.random(),
  now: () => Date.now(),
};

/** Doubles with each failed attempt; up to half of it more at random, so that not everybody comes back at once. */
export function backoffMs(
  attempt: number,
  { retryMs, maxRetryMs, random }: Pick<Timing, 'retryMs' | 'maxRetryMs' | 'random'>,
): number {
  return Math.min(maxRetryMs, retryMs * 2 ** attempt) * (1 + random() / 2);
}

/** Node has no such events. */
const page = globalThis as typeof globalThis & Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>;

/**
 * Resolves after so long, and before that when a signal ends it or the machine is online again. Never rejects.
 * Takes several signals, since `AbortSignal.any` is younger than the browsers that the pages are for.
 */
export function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', done);
      page.removeEventListener?.('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal.addEventListener('abort', done);
    page.addEventListener?.('online', done);
    if (signals.some(({ aborted }) => aborted)) done();
  });
}
