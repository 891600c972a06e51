import { z } from 'zod';

import { RedisScript } from '../script.ts';
import { DEPART } from './depart.ts';
import { EMIT_SNAPSHOT } from './emit-snapshot.ts';

/**
 * Writes an owner's snapshot: record, history and event in one step, refused unless its epoch is the newest.
 *
 * KEYS  session (hash), events (stream), history (stream), active (zset), active of the user (zset), pendingErasures (set),
 * departures (list) ARGV  epoch, key, at (ms), event, value, reason, tags, detail, handled seq, events kept, history
 * kept, activity, erased seq or '', number of the write or '' activity: `settled` takes it out of the running ones,
 * unless something newer is wanted; `active` marks it as just used; `same` leaves it Reply {outcome, rev}; outcome:
 * written, fenced, missing Emits session.snapshot
 */
const LUA = `${EMIT_SNAPSHOT}${DEPART}
local session, events, history, active, activeOfUser, pendingErasures, departures = unpack(KEYS)
local epoch, key, at, event, value, reason, tags, detail, handled, eventsKept, historyKept, activity, erased, write = unpack(ARGV)

local stored, seq = unpack(redis.call('HMGET', session, 'epoch', 'seq'))
if not stored then return {'missing', 0} end
if tonumber(stored) ~= tonumber(epoch) then return {'fenced', 0} end
if write ~= '' then
  -- Its first answer got lost on the way.
  if tonumber(redis.call('HGET', session, 'write') or 0) >= tonumber(write) then return {'written', tonumber(redis.call('HGET', session, 'rev'))} end
  redis.call('HSET', session, 'write', write)
end

local rev = redis.call('HINCRBY', session, 'rev', 1)
redis.call('HSET', session, 'detail', detail, 'handled', handled, 'updatedAt', at)
move(session, history, historyKept, at, event, value, reason, tags)
if erased ~= '' then
  redis.call('HSET', session, 'erased', erased)
  local desired, logout = unpack(redis.call('HMGET', session, 'desired', 'logout'))
  -- Another logout may have been asked for since the one that is now done.
  if desired ~= 'deleted' and tonumber(logout) <= tonumber(erased) then redis.call('SREM', pendingErasures, key) end
end
if activity == 'settled' and tonumber(handled) == tonumber(seq) then
  depart(active, activeOfUser, departures, key, at)
elseif activity == 'active' then
  redis.call('ZADD', active, 'XX', at, key)
  redis.call('ZADD', activeOfUser, 'XX', at, key)
end
emit(session, events, eventsKept, event)
return {'written', rev}
`;

export const persistSnapshot = new RedisScript({
  name: 'persist-snapshot',
  lua: LUA,
  reply: z.tuple([z.enum(['written', 'fenced', 'missing']), z.number()]),
});
