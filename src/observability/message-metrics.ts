import { Counter, type Registry } from 'prom-client';

/** What of messages is counted, without whose they are. Must not throw. */
export interface MessageCounts {
  /** They arrived while their session was not ready. */
  backfilled(count: number): void;
  /** Told again by a page, and by us to nobody. */
  duplicates(count: number): void;
  mediaBytes(direction: 'in' | 'out', bytes: number): void;
}

export function createMessageMetrics(registry: Registry): MessageCounts {
  const registers = [registry];
  const backfilled = new Counter({
    registers,
    name: 'wa_backfilled_total',
    help: 'Messages that were told late, since they came while their session was not ready.',
  });
  const duplicates = new Counter({
    registers,
    name: 'wa_duplicates_total',
    help: 'Messages and other news that a page told again, and that were passed on once.',
  });
  const mediaBytes = new Counter({
    registers,
    name: 'wa_media_bytes_total',
    help: 'Bytes of media that came in or went out.',
    labelNames: ['direction'],
  });
  for (const direction of ['in', 'out']) mediaBytes.inc({ direction }, 0);
  return {
    backfilled: (count) => backfilled.inc(count),
    duplicates: (count) => duplicates.inc(count),
    mediaBytes: (direction, bytes) => mediaBytes.inc({ direction }, bytes),
  };
}
