import { ensureError } from './errors.ts';

/**
 * What `promise` comes to; rejects with a `TimeoutError` when that takes longer than `ms` milliseconds. For work that
 * cannot be told to end: what comes of it later is dropped, a rejection too.
 */
export async function inTime<T>(ms: number, promise: Promise<T>): Promise<T> {
  return withDeadline(ms, NEVER, (signal) => {
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(ensureError(signal.reason)), { once: true });
    });
    // Of the two, the one that comes second has nobody who waits for it.
    promise.catch(() => undefined);
    return Promise.race([promise, late]);
  });
}

const NEVER = new AbortController().signal;

/**
 * Lets `work` go on for `ms` milliseconds at most: its signal aborts then, with a `TimeoutError`, or as soon as `until`
 * does, with its reason. Settles as `work` does; it has to heed the signal. Not `AbortSignal.any([until,
 * AbortSignal.timeout(ms)])`: Node 20 to 24 may collect that time-out as garbage, and then it never comes
 * (nodejs/node#57736). It would also leave something behind in `until` each time.
 */
export async function withDeadline<T>(
  ms: number,
  until: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new DOMException(`not done within ${ms} ms`, 'TimeoutError')), ms);
  const follow = (): void => over.abort(until.reason);
  until.addEventListener('abort', follow, { once: true });
  if (until.aborted) follow();
  try {
    return await work(over.signal);
  } finally {
    clearTimeout(timer);
    until.removeEventListener('abort', follow);
  }
}
