import { z } from 'zod';

import { RedisScript } from '../script.ts';

/**
 * Destroys a session's record and history, once its login is gone.
 *
 * KEYS  session (hash), events (stream), history (stream), active (zset), active of the user (zset), pendingErasures (set),
 *       sessions (zset), sessions of the user (zset)
 * ARGV  epoch, key, events kept
 * Reply outcome: removed, fenced, missing
 * Emits session.deleted
 */
const LUA = `
local session, events, history, active, activeOfUser, pendingErasures, sessions, sessionsOfUser = unpack(KEYS)
local stored, userId, id = unpack(redis.call('HMGET', session, 'epoch', 'userId', 'id'))
if not stored then return 'missing' end
if tonumber(stored) ~= tonumber(ARGV[1]) then return 'fenced' end
redis.call('DEL', session, history)
for _, set in ipairs({active, activeOfUser, sessions}) do redis.call('ZREM', set, ARGV[2]) end
redis.call('ZREM', sessionsOfUser, id)
redis.call('SREM', pendingErasures, ARGV[2])
redis.call('XADD', events, 'MAXLEN', '~', ARGV[3], '*', 'type', 'session.deleted', 'userId', userId, 'id', id)
return 'removed'
`;

export const removeSession = new RedisScript({
  name: 'remove-session',
  lua: LUA,
  reply: z.enum(['removed', 'fenced', 'missing']),
});
