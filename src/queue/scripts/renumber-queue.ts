import { z } from 'zod';

import { RedisScript } from '../../store/script.ts';
import { EMIT_SNAPSHOT } from '../../store/scripts/emit-snapshot.ts';
import { QUEUE_POSITION } from '../../store/scripts/queue-position.ts';

/**
 * Shows some of the sessions that wait in line their position, where it is not the one they show. Any node may do so,
 * at any time: what a node has claimed, or what no longer waits, is left alone. It is no transition, so history does
 * not tell of it.
 *
 * KEYS  plain jobs (list, the next one last), jobs with a place (zset), events (stream) ARGV  prefix of sessions' keys,
 * value of a session that waits, how many to pass over, how many to look at, events kept, whom: all, or the new ones
 * that show none yet Reply {how many were looked at: fewer than asked for at the end of the line, how many show another
 * position now} Emits session.snapshot with event queue.moved
 */
const LUA = `${EMIT_SNAPSHOT}${QUEUE_POSITION}
local interrupted, placed, events = unpack(KEYS)
local prefix, queued, skipped, count, kept, whom = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6]

local line = {}
local ahead = redis.call('LLEN', interrupted)
if skipped < ahead then
  local found = redis.call('LRANGE', interrupted, -(skipped + count), -(skipped + 1))
  for index = #found, 1, -1 do line[#line + 1] = found[index] end
end
if #line < count then
  local first = math.max(0, skipped - ahead)
  for _, key in ipairs(redis.call('ZRANGE', placed, first, first + count - #line - 1)) do line[#line + 1] = key end
end

local time = redis.call('TIME')
local moved = 0
for index, key in ipairs(line) do
  local session, position = prefix .. key, skipped + index
  local value, owner, desired, detail = unpack(redis.call('HMGET', session, 'value', 'owner', 'desired', 'detail'))
  local waits = value == queued and owner == '' and desired == 'running'
  if waits and (whom == 'all' or string.find(detail, '"queue":null', 1, true)) and show(session, detail, position) then
    moved = moved + 1
    redis.call('HINCRBY', session, 'rev', 1)
    redis.call('HSET', session, 'updatedAt', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
    emit(session, events, kept, 'queue.moved')
  end
end
return {#line, moved}
`;

export const renumberQueue = new RedisScript({
  name: 'renumber-line',
  lua: LUA,
  reply: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
