import { StoreUnavailableError } from '../domain/errors.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { LaneDeps } from './lane-deps.ts';
import { gapMessage, messagesOf, type WebhookMessage } from './payload.ts';
import type { EndpointRecord } from './stored-endpoint.ts';
import type { LogEntry } from './webhook-log.ts';

/**
 * What an endpoint is told of an entry of the log. Of one whose content is no longer kept, or cannot be read, it is told
 * that there was one. Throws `StoreUnavailableError`.
 * @param from the position before it
 */
export async function messagesOfEntry(
  { payloadOf, onError }: Pick<LaneDeps, 'payloadOf' | 'onError'>,
  entry: LogEntry,
  { userId, id }: SessionAddress,
  from: string,
  record: EndpointRecord,
): Promise<readonly WebhookMessage[]> {
  const place = { position: entry.position, userId, sessionId: id };
  if (entry.kind === 'unreadable') return [];
  if (entry.kind === 'lost') return [gapMessage(place, from, record)];
  const envelope = await payloadOf(entry.event).catch((error: unknown) => {
    if (error instanceof StoreUnavailableError) throw error;
    onError(error);
    return 'gone' as const;
  });
  if (envelope === 'gone') return [gapMessage(place, from, record)];
  return messagesOf(envelope, { ...place, isMove: entry.isMove }, record);
}
