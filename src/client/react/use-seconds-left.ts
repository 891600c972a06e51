import { useEffect, useState } from 'react';

/** A code with its times, as sessions show them. */
export interface Aging {
  readonly issuedAt: string;
  readonly expiresAt: string;
}

const TICK_MS = 1_000;

/**
 * Whole seconds until a code expires, counted down; `null` without a code. Never more than its whole life, however
 * wrong this machine's clock is.
 */
export function useSecondsLeft(code: Aging | null): number | null {
  const [now, setNow] = useState(() => Date.now());
  const expiresAt = code?.expiresAt;
  useEffect(() => {
    if (expiresAt === undefined) return undefined;
    const tick = (): void => setNow(Date.now());
    tick();
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [expiresAt]);
  if (code === null) return null;
  const end = Date.parse(code.expiresAt);
  const leftMs = Math.min(end - now, end - Date.parse(code.issuedAt));
  return Math.max(0, Math.ceil(leftMs / 1_000));
}
