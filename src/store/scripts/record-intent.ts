import { z } from 'zod';

import { RedisScript } from '../script.ts';
import { DEPART } from './depart.ts';
import { EMIT_SNAPSHOT } from './emit-snapshot.ts';
import { QUEUE_POSITION } from './queue-position.ts';

/**
 * Writes what is wanted of a session, and admits it: the one place where limits are decided.
 *
 * Where nobody runs the session, its snapshot follows at once; a stop is then all done, so `handled` follows too: no
 * owner will come to raise it. A request that changes nothing raises neither `seq` nor `rev`.
 *
 * KEYS  session (hash), events (stream), history (stream), active (zset), active of the user (zset), pendingErasures (set),
 * sessions (zset), sessions of the user (zset), departures (list) ARGV  key, action, at (ms), max sessions, max
 * sessions of the user, pairWith, events kept, history kept, user id, id, metadata, detail, then value, reason, tags
 * of: never started, queued, stopped, evicted then what to do at a user's limit (reject, evict-oldest), and the
 * prefixes of sessions' and histories' keys, for the one that is evicted Reply {outcome, changed, created, fields…};
 * outcome: recorded, missing, deleting, pool_full, user_limit, not_waiting; of pool_full the fields are the last
 * departures Emits session.snapshot with event intent.<action>
 */
const LUA = `${EMIT_SNAPSHOT}${QUEUE_POSITION}${DEPART}
local session, events, history, active, activeOfUser, pendingErasures = unpack(KEYS)
local key, action, at, maxSessions, maxOfUser, pairWith, eventsKept, historyKept = unpack(ARGV)
local neverStarted, queued, stopped, evicted = 13, 16, 19, 22
local policy, sessionPrefix, historyPrefix = ARGV[25], ARGV[26], ARGV[27]

local function get(field) return redis.call('HGET', session, field) end
local function answer(outcome, changed, created)
  return {outcome, changed, created, redis.call('HGETALL', session)}
end

local exists = redis.call('EXISTS', session) == 1
local creates = action == 'create' or action == 'create_and_start'
if not exists and not creates then return {'missing', 0, 0, {}} end
if exists and get('desired') == 'deleted' and action ~= 'delete' then return {'deleting', 0, 0, {}} end

-- Stops the user's least recently active session, to make room for this one.
local function evictOldest()
  local victim = redis.call('ZRANGE', activeOfUser, 0, 0)[1]
  if not victim then return end
  local hash = sessionPrefix .. victim
  redis.call('ZREM', active, victim)
  redis.call('ZREM', activeOfUser, victim)
  redis.call('HINCRBY', hash, 'rev', 1)
  local seq = redis.call('HINCRBY', hash, 'seq', 1)
  redis.call('HSET', hash, 'desired', 'stopped', 'evict', seq, 'updatedAt', at)
  if redis.call('HGET', hash, 'owner') == '' then
    show(hash, redis.call('HGET', hash, 'detail'), nil)
    move(hash, historyPrefix .. victim, historyKept, at, 'intent.evict', ARGV[evicted], ARGV[evicted + 1], ARGV[evicted + 2])
    redis.call('HSET', hash, 'handled', seq)
  end
  emit(hash, events, eventsKept, 'intent.evict')
end

local wants = ({create_and_start = 'start', restart = 'start', reconnect = 'start'})[action] or action
if wants == 'start' and not redis.call('ZSCORE', active, key) then
  if redis.call('ZCARD', activeOfUser) >= tonumber(maxOfUser) then
    if policy ~= 'evict-oldest' then return {'user_limit', 0, 0, {}} end
    evictOldest()
  end
  if redis.call('ZCARD', active) >= tonumber(maxSessions) then return {'pool_full', 0, 0, redis.call('LRANGE', KEYS[9], 0, -1)} end
end

local created = 0
if not exists then
  created = 1
  redis.call('HSET', session, 'userId', ARGV[9], 'id', ARGV[10], 'metadata', ARGV[11], 'detail', ARGV[12], 'createdAt', at, 'since', at,
    'value', ARGV[neverStarted], 'reason', ARGV[neverStarted + 1], 'tags', ARGV[neverStarted + 2], 'desired', 'stopped', 'pairWith', '',
    'owner', '', 'nodeId', '', 'epoch', 0, 'rev', 0, 'seq', 0, 'handled', 0, 'erased', 0, 'restart', 0, 'reconnect', 0, 'logout', 0, 'pair', 0, 'evict', 0)
  redis.call('ZADD', KEYS[7], 0, key)
  redis.call('ZADD', KEYS[8], 0, ARGV[10])
end

local desired, value, reason, owner = get('desired'), get('value'), get('reason'), get('owner')
local running = desired == 'running' and redis.call('ZSCORE', active, key)
local erasing = tonumber(get('logout')) > tonumber(get('erased'))
if action == 'pair' and string.sub(value, 1, 10) ~= 'waiting_qr' then return answer('not_waiting', 0, 0) end
local unchanged = (action == 'create' and created == 0)
  or (action == 'create_and_start' and running)
  -- Who asks for a start itself does not want to wait for the supervisor's restart; a page that only makes sure that there is a session may.
  or (action == 'start' and running and string.sub(value, 1, 6) ~= 'failed')
  or (action == 'stop' and desired == 'stopped')
  or (action == 'logout' and desired == 'stopped' and (erasing or (owner == '' and reason == 'logged_out')))
  or (action == 'delete' and desired == 'deleted')
if unchanged then return answer('recorded', 0, created) end

redis.call('HINCRBY', session, 'rev', 1)
local seq = action == 'create' and 0 or redis.call('HINCRBY', session, 'seq', 1)
redis.call('HSET', session, 'updatedAt', at)

local function rest(index)
  move(session, history, historyKept, at, 'intent.' .. action, ARGV[index], ARGV[index + 1], ARGV[index + 2])
end

if wants == 'start' then
  redis.call('ZADD', active, at, key)
  redis.call('ZADD', activeOfUser, at, key)
  redis.call('HSET', session, 'desired', 'running')
  if action ~= 'reconnect' and action ~= 'restart' then redis.call('HSET', session, 'pairWith', pairWith) end
  -- As long as somebody has the former browser, a stop under way included, a fresh one must be asked for.
  if (action == 'restart' or action == 'reconnect') and (running or owner ~= '') then redis.call('HSET', session, action, seq) end
  if owner == '' then rest(queued) end
elseif action == 'stop' or action == 'logout' or action == 'delete' then
  depart(active, activeOfUser, KEYS[9], key, at)
  redis.call('HSET', session, 'desired', action == 'delete' and 'deleted' or 'stopped')
  if owner == '' then show(session, get('detail'), nil) end
  if action == 'stop' then
    if owner == '' and (reason == 'queued' or string.sub(value, 1, 6) == 'failed') then rest(stopped) end
    if owner == '' and not erasing then redis.call('HSET', session, 'handled', seq) end
  else
    redis.call('SADD', pendingErasures, key)
    if action == 'logout' then redis.call('HSET', session, 'logout', seq) end
  end
elseif action == 'pair' then
  redis.call('HSET', session, 'pair', seq, 'pairWith', pairWith)
end

emit(session, events, eventsKept, 'intent.' .. action)
return answer('recorded', 1, created)
`;

export const recordIntent = new RedisScript({
  name: 'record-intent',
  lua: LUA,
  reply: z.tuple([
    z.enum(['recorded', 'missing', 'deleting', 'pool_full', 'user_limit', 'not_waiting']),
    z.literal([0, 1]),
    z.literal([0, 1]),
    z.array(z.string()),
  ]),
});
