import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import { APPEND_TO_LOG } from './append-to-log.ts';

/**
 * Destroys a session's record, its history, its events in its user's stream, the log of its messages and the keys that
 * open it, once its login is gone.
 *
 * Keys   session (hash), events and eventsOfUser (streams), wholeness (hash), history (stream), active and activeOfUser
 *        (zsets), pendingErasures (set), sessions and sessionsOfUser (zsets), messageKeys and messageLogState (hashes),
 *        messageLog (stream), seenMessages, outbox, sentMessages, knownChats and outboxes (zsets), outboxState and
 *        waIds (hashes), proxy (string); and, by prefixes among the arguments, the messages and their idempotency keys
 * Reply  removed, fenced, missing
 * Emits  session.deleted
 */
const LUA = `${APPEND_TO_LOG}
local stored, userId, id = unpack(redis.call('HMGET', keys.session, 'epoch', 'userId', 'id'))
if not stored then return 'missing' end
if tonumber(stored) ~= args.epoch then return 'fenced' end
for _, message in ipairs(redis.call('ZRANGE', keys.sentMessages, 0, -1)) do
  local idempotency = redis.call('HGET', args.messagePrefix .. message, 'idempotency')
  if idempotency and idempotency ~= '' then redis.call('DEL', args.idempotencyPrefix .. idempotency) end
  redis.call('DEL', args.messagePrefix .. message)
end
redis.call('DEL', keys.outbox, keys.sentMessages, keys.outboxState, keys.knownChats, keys.waIds)
redis.call('ZREM', keys.outboxes, args.key)
redis.call('DEL', keys.session, keys.proxy, keys.history, keys.messageKeys, keys.messageLog, keys.messageLogState, keys.seenMessages)
for _, set in ipairs({keys.active, keys.activeOfUser, keys.sessions}) do redis.call('ZREM', set, args.key) end
redis.call('ZREM', keys.sessionsOfUser, id)
redis.call('SREM', keys.pendingErasures, args.key)
for _, entry in ipairs(redis.call('XRANGE', keys.eventsOfUser, '-', '+')) do
  for index = 1, #entry[2], 2 do
    if entry[2][index] == 'id' and entry[2][index + 1] == id then redis.call('XDEL', keys.eventsOfUser, entry[1]) end
  end
end
local told = {'type', 'session.deleted', 'userId', userId, 'id', id}
if args.stillListed then
  told[#told + 1] = 'stillListed'
  told[#told + 1] = '1'
end
appendToLog(keys.eventsOfUser, told)
return 'removed'
`;

interface RemoveSessionArgs {
  readonly key: string;
  readonly epoch: number;
  /** The phone lists the device still: WhatsApp could not be told. */
  readonly stillListed: boolean;
  readonly messagePrefix: string;
  readonly idempotencyPrefix: string;
}

export const removeSession = scriptTaking<RemoveSessionArgs>()({
  name: 'remove-session',
  keys: [
    'session',
    'events',
    'eventsOfUser',
    'wholeness',
    'history',
    'active',
    'activeOfUser',
    'pendingErasures',
    'sessions',
    'sessionsOfUser',
    'messageKeys',
    'messageLog',
    'messageLogState',
    'seenMessages',
    'outbox',
    'sentMessages',
    'outboxState',
    'knownChats',
    'outboxes',
    'waIds',
    'proxy',
  ],
  lua: LUA,
  reply: z.enum(['removed', 'fenced', 'missing']),
});
