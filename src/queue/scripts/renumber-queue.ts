import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';
import { EMIT_SNAPSHOT } from '../../store/scripts/emit-snapshot.ts';
import { QUEUE_POSITION } from '../../store/scripts/queue-position.ts';

/**
 * Shows some of the sessions that wait in the queue their position, where it is not the one they show. Any node may do
 * so, at any time: what a node has claimed, or what no longer waits, is left alone. It is no transition, so history does
 * not tell of it.
 *
 * Keys   interrupted (list of plain jobs, the next one last), placed (zset of jobs with a place), events (stream),
 *        wholeness (hash); and, by prefixes among the arguments, the sessions' records and their users' streams
 * Reply  {how many were looked at: fewer than asked for at the end of the queue, how many show another position now}
 * Emits  session.snapshot with event queue.moved
 */
const LUA = `${EMIT_SNAPSHOT}${QUEUE_POSITION}
local skipped, count = args.skipped, args.count

local queue = {}
local ahead = redis.call('LLEN', keys.interrupted)
if skipped < ahead then
  local found = redis.call('LRANGE', keys.interrupted, -(skipped + count), -(skipped + 1))
  for index = #found, 1, -1 do queue[#queue + 1] = found[index] end
end
if #queue < count then
  local first = math.max(0, skipped - ahead)
  for _, key in ipairs(redis.call('ZRANGE', keys.placed, first, first + count - #queue - 1)) do queue[#queue + 1] = key end
end

local time = redis.call('TIME')
local moved = 0
for index, key in ipairs(queue) do
  local session, position = args.sessionPrefix .. key, skipped + index
  local value, owner, desired, shown = unpack(redis.call('HMGET', session, 'value', 'owner', 'desired', 'queuePosition'))
  local waits = value == args.queued and owner == '' and desired == 'running'
  local isNew = not shown or shown == ''
  if waits and (args.whom == 'all' or isNew) and showPosition(session, position) then
    moved = moved + 1
    redis.call('HINCRBY', session, 'rev', 1)
    redis.call('HSET', session, 'updatedAt', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
    emit(session, args.eventsPrefix .. string.match(key, '^[^/]*'), 'queue.moved')
  end
end
return {#queue, moved}
`;

interface RenumberQueueArgs {
  readonly sessionPrefix: string;
  readonly eventsPrefix: string;
  /** Value of a session that waits. */
  readonly queued: string;
  /** How many to pass over, from the head of the queue. */
  readonly skipped: number;
  /** How many to look at. */
  readonly count: number;
  /** `new`: only those that show no position yet. */
  readonly whom: 'all' | 'new';
}

export const renumberQueue = scriptTaking<RenumberQueueArgs>()({
  name: 'renumber-queue',
  keys: ['interrupted', 'placed', 'events', 'wholeness'],
  lua: LUA,
  reply: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
