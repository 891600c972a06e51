import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import {
  APPEND_TO_MESSAGE_LOG,
  MESSAGE_LOG_KEYS,
  type MessageLogEntry,
  type MessageRetention,
} from './append-to-message-log.ts';

const DAY_MS = 86_400_000;
/** How long, and how many, ids of what came in are remembered of each session. */
const SEEN = { ms: 30 * DAY_MS, count: 100_000 };

/**
 * Tells what a session's page has heard, each thing once, however often the page says it; refused unless the epoch is
 * the newest.
 *
 * Keys   session (hash), events and eventsOfUser (streams), wholeness (hash), messageLog (stream), messageLogState
 *        (hash), seenMessages (zset), waIds (hash: the ids of what we send)
 * Reply  {outcome, told, duplicates}; outcome: written, fenced, missing
 * Emits  the type of each entry
 */
const LUA = `${APPEND_TO_MESSAGE_LOG}
local stored = redis.call('HGET', keys.session, 'epoch')
if not stored then return {'missing', 0, 0} end
if tonumber(stored) ~= args.epoch then return {'fenced', 0, 0} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local told, duplicates = 0, 0
for _, entry in ipairs(args.entries) do
  if entry.ourWaId and redis.call('HEXISTS', keys.waIds, entry.ourWaId) == 1 then
    -- It went out through us: its own events tell of it.
  elseif entry.once and redis.call('ZADD', keys.seenMessages, 'NX', now, entry.once) == 0 then
    duplicates = duplicates + 1
  else
    tellMessage(entry, args.retention)
    told = told + 1
  end
end
if told > 0 then
  redis.call('ZREMRANGEBYSCORE', keys.seenMessages, '-inf', now - ${SEEN.ms})
  redis.call('ZREMRANGEBYRANK', keys.seenMessages, 0, -${SEEN.count + 1})
  if redis.call('EXISTS', keys.seenMessages) == 1 then redis.call('PEXPIRE', keys.seenMessages, ${SEEN.ms}) end
end
if args.watermark and args.watermark > tonumber(redis.call('HGET', keys.messageLogState, 'watermark') or 0) then
  redis.call('HSET', keys.messageLogState, 'watermark', args.watermark)
end
if args.linkedAt then redis.call('HSET', keys.messageLogState, 'linkedAt', args.linkedAt) end
return {'written', told, duplicates}
`;

/** Something that is told of a session's messages. */
export interface ToldEntry extends MessageLogEntry {
  /** Told only where nothing of this name was told before. */
  readonly once?: string | undefined;
  /** Told only where this is not the id of a message that we send. */
  readonly ourWaId?: string | undefined;
}

interface TellMessagesArgs {
  readonly epoch: number;
  readonly userId: string;
  readonly id: string;
  readonly entries: readonly ToldEntry[];
  readonly retention: MessageRetention;
  /** Up to when messages are taken in now (ms since 1970, a whole number). Only grows. */
  readonly watermark: number | undefined;
  /** When the session was linked (ms since 1970). */
  readonly linkedAt: number | undefined;
}

export const tellMessages = scriptTaking<TellMessagesArgs>()({
  name: 'tell-messages',
  keys: ['session', ...MESSAGE_LOG_KEYS, 'seenMessages', 'waIds'],
  lua: LUA,
  reply: z.tuple([z.enum(['written', 'fenced', 'missing']), z.int(), z.int()]),
});
