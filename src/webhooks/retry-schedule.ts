import { RETRY_AFTER, RETRY_MS } from './limits.ts';

/**
 * How long to wait after the `failures`-th failure in a row (from 1): as the receiver asks, else by the table, a fifth
 * more or less so that many lanes do not come back together.
 * @param chance from 0 to 1
 */
export function retryDelay(failures: number, retryAfterMs: number | null, chance: number): number {
  if (retryAfterMs !== null && retryAfterMs >= RETRY_AFTER.leastMs) return Math.min(retryAfterMs, RETRY_AFTER.mostMs);
  const delay = RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? RETRY_MS[0];
  return Math.round(delay * (0.8 + 0.4 * chance));
}

/** A `Retry-After` header, seconds or a date, in milliseconds from `now`; `null` for none that can be read. */
export function readRetryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
