import type { LinkedDevice } from '../../whatsapp/device.ts';
import type { AgingBrowser } from '../fleet/browser-recycler.ts';

/** A device that a session's effects have opened and not closed yet. */
export interface OpenDevice {
  readonly number: number;
  readonly device: LinkedDevice;
  /** `leaving`: it is told to unlink itself, and nothing that it says of its account counts any more. */
  phase: 'opening' | 'shows_code' | 'lost' | 'leaving';
  /** `null` before it is ready (ms). */
  readyAt: number | null;
  lastMessageAt: number;
}

/** How much longer than the reading of a process's memory takes at most. */
const MEMORY_TIMEOUT_MS = 10_000;

/** Its browser as far as its renewal is concerned; `null` before it is ready. */
export function agingBrowserOf({ readyAt, lastMessageAt, device }: OpenDevice): AgingBrowser | null {
  if (readyAt === null) return null;
  const memory = () => device.call('memory', null, AbortSignal.timeout(MEMORY_TIMEOUT_MS));
  return { readyAt, lastMessageAt, memory };
}
