import { z } from 'zod';

import type { FeedEvent } from '../domain/events.ts';
import { fieldsOf, readSessionHash, type StoredSession } from './session-hash.ts';
import { unreadableSession } from './unreadable-session.ts';

const deletedSchema = z.object({ type: z.literal('session.deleted'), userId: z.string(), id: z.string() });
const snapshotSchema = z.object({ type: z.literal('session.snapshot'), event: z.string() });
const payloadSchema = z.object({ userId: z.string(), id: z.string(), payload: z.string() });
const incomingMessageSchema = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  chatId: z.string(),
  type: z.string(),
  body: z.string(),
  timestamp: z.number(),
  hasMedia: z.boolean(),
  author: z.string().exactOptional(),
});

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
    // Nodes of the former version send each other here what is simulated.
    return fields['type'] === 'control.simulate' ? [] : [parseEntry(position, fields)];
  } catch (error) {
    onError(error);
    return [];
  }
}

function parseEntry(position: string, fields: Record<string, string>): FeedEvent {
  switch (fields['type']) {
    case 'session.deleted': {
      const { userId, id } = deletedSchema.parse(fields);
      return { position, type: 'session.deleted', userId, sessionId: id };
    }
    case 'message.received': {
      const { userId, id, payload } = payloadSchema.parse(fields);
      return {
        position,
        type: 'message.received',
        userId,
        sessionId: id,
        message: incomingMessageSchema.parse(JSON.parse(payload)),
      };
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
    const { userId, id } = payloadSchema.omit({ payload: true }).parse(fields);
    return unreadableSession({ userId, id }, fields, error);
  }
}

/** Whose event an entry is, without reading the rest of it. */
export function userOf(flat: readonly string[]): string | undefined {
  return flat.find((_, index) => index % 2 === 1 && flat[index - 1] === 'userId');
}
