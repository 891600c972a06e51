import { setTimeout as sleep } from 'node:timers/promises';

import { StoreUnavailableError } from '../domain/errors.ts';

interface ThroughOutagesOptions {
  /** Ends the trying: what the last try came to is what it all comes to. */
  readonly signal: AbortSignal;
  /** The store is away. Called once, not for each try. */
  readonly onOutage?: (error: StoreUnavailableError) => void;
}

/** Between two tries: doubles with each, up to the last. */
const RETRY_MS = { first: 250, last: 2_000 };

/** Makes a call to the store, and makes it again while the store is away. Any other failure is that of the whole. */
export async function throughOutages<T>(
  call: () => Promise<T>,
  { signal, onOutage }: ThroughOutagesOptions,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (failures === 0) onOutage?.(error);
      const pauseMs = Math.min(RETRY_MS.last, RETRY_MS.first * 2 ** failures);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw error;
    }
  }
}
