import { z } from 'zod';

import type { FeedEvent } from '../domain/events.ts';
import { isMessageEventType } from '../domain/message-events.ts';
import { fieldsOf, readSessionHash, type StoredSession } from './session-hash.ts';
import { unreadableSession } from './unreadable-session.ts';

const deletedSchema = z.object({ userId: z.string(), id: z.string(), stillListed: z.string().optional() });
const snapshotSchema = z.object({ type: z.literal('session.snapshot'), event: z.string() });
const payloadSchema = z.object({ userId: z.string(), id: z.string(), payload: z.string() });
const disabledSchema = z.object({ webhookId: z.string(), why: z.enum(['gone', 'failing']) });
const pointerSchema = z.object({ userId: z.string(), id: z.string(), log: z.string() });

/**
 * Reads one entry of the event stream. An entry that cannot be read (a newer version's, or damaged) is told to
 * `onError` and passed over: it must not stop the stream for everybody.
 */
export function readFeedEvent(
  position: string,
  flat: readonly string[],
  onError: (error: unknown) => void,
): FeedEvent[] {
  try {
    const fields = fieldsOf(flat);
    return isOfFormerVersion(fields) ? [] : [parseEntry(position, fields)];
  } catch (error) {
    onError(error);
    return [];
  }
}

/** Nodes of former versions sent each other here what is simulated, and put messages here in full. */
function isOfFormerVersion({ type, payload }: Record<string, string>): boolean {
  return type === 'control.simulate' || (type === 'message.received' && payload !== undefined);
}

function parseEntry(position: string, fields: Record<string, string>): FeedEvent {
  const type = fields['type'] ?? '';
  if (isMessageEventType(type)) {
    const { userId, id, log } = pointerSchema.parse(fields);
    return { position, type, userId, sessionId: id, logPosition: log };
  }
  switch (type) {
    case 'session.deleted': {
      const { userId, id, stillListed } = deletedSchema.parse(fields);
      return { position, type: 'session.deleted', userId, sessionId: id, stillListed: stillListed !== undefined };
    }
    case 'webhook.disabled': {
      const { userId, id, payload } = payloadSchema.parse(fields);
      const { webhookId, why } = disabledSchema.parse(JSON.parse(payload));
      return { position, type: 'webhook.disabled', userId, sessionId: id, webhookId, why };
    }
    default: {
      const { event } = snapshotSchema.parse(fields);
      const { session, intent } = readSnapshot(fields);
      return {
        position,
        type: 'session.snapshot',
        userId: session.userId,
        sessionId: session.id,
        session,
        event,
        intent,
      };
    }
  }
}

/** One that cannot be read is told all the same: whoever listens must not think that it is as it was. */
function readSnapshot(fields: Record<string, string>): StoredSession {
  try {
    return readSessionHash(fields);
  } catch (error) {
    const { userId, id } = pointerSchema.omit({ log: true }).parse(fields);
    return unreadableSession({ userId, id }, fields, error);
  }
}

/** Whose event an entry is, without reading the rest of it. */
export function userOf(flat: readonly string[]): string | undefined {
  return flat.find((_, index) => index % 2 === 1 && flat[index - 1] === 'userId');
}
