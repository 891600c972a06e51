import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import { APPEND_TO_LOG } from './append-to-log.ts';

/**
 * Destroys a session's record, its history, its events in its user's stream, the log of its messages and the keys that
 * open it, once its login is gone.
 *
 * Keys   session (hash), events and eventsOfUser (streams), wholeness (hash), history (stream), active and activeOfUser
 *        (zsets), pendingErasures (set), sessions and sessionsOfUser (zsets), messageKeys and messageLogState (hashes),
 *        messageLog (stream), seenMessages (zset)
 * Reply  removed, fenced, missing
 * Emits  session.deleted
 */
const LUA = `${APPEND_TO_LOG}
local stored, userId, id = unpack(redis.call('HMGET', keys.session, 'epoch', 'userId', 'id'))
if not stored then return 'missing' end
if tonumber(stored) ~= args.epoch then return 'fenced' end
redis.call('DEL', keys.session, keys.history, keys.messageKeys, keys.messageLog, keys.messageLogState, keys.seenMessages)
for _, set in ipairs({keys.active, keys.activeOfUser, keys.sessions}) do redis.call('ZREM', set, args.key) end
redis.call('ZREM', keys.sessionsOfUser, id)
redis.call('SREM', keys.pendingErasures, args.key)
for _, entry in ipairs(redis.call('XRANGE', keys.eventsOfUser, '-', '+')) do
  for index = 1, #entry[2], 2 do
    if entry[2][index] == 'id' and entry[2][index + 1] == id then redis.call('XDEL', keys.eventsOfUser, entry[1]) end
  end
end
appendToLog(keys.eventsOfUser, {'type', 'session.deleted', 'userId', userId, 'id', id})
return 'removed'
`;

export const removeSession = scriptTaking<{ readonly key: string; readonly epoch: number }>()({
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
  ],
  lua: LUA,
  reply: z.enum(['removed', 'fenced', 'missing']),
});
