import type { MessageEvent } from '../../machines/message.machine.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { StoredMessage } from '../store/message-hash.ts';
import type { MessageStore } from '../store/message-store.ts';
import { messageFields } from '../store/message-hash.ts';
import type { MessageRetention } from '../store/scripts/append-to-message-log.ts';
import { moved } from './message-life.ts';

interface Changing {
  readonly store: MessageStore;
  readonly address: SessionAddress;
  /** As it was read. */
  readonly message: StoredMessage;
  readonly retention: MessageRetention;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Moves a message on in the name of a person, or of its time: no ownership is needed, and whoever owns the session hears
 * of it. `null`: it does not move by that. `changed`: somebody else moved it since it was read.
 */
export async function changeByAnybody(
  { store, address, message, retention, at }: Changing,
  event: MessageEvent,
): Promise<StoredMessage | 'changed' | null> {
  const move = moved(address.id, message, event, { at });
  if (move === null) return null;
  const outcome = await store.change(address, {
    messageId: message.id,
    epoch: undefined,
    version: message.version,
    fields: messageFields({
      ...move.message,
      // These two are the script's.
      version: message.version,
      order: message.order,
    }),
    settled: move.settled,
    keptMs: retention.ms,
    entries: move.entries,
    retention,
  });
  return outcome === 'written' ? { ...move.message, version: message.version + 1 } : 'changed';
}
