import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import { EMIT_SNAPSHOT } from './emit-snapshot.ts';

/**
 * Says of the sessions that wait, the first of `keys` first, that no node lives which could take them; or that one does.
 * Told once each.
 *
 * Keys   events (stream), wholeness (hash); and, by prefixes among the arguments, the sessions' records and their users'
 *        streams
 * Reply  how many wait
 * Emits  session.snapshot with event queue.moved
 */
const LUA = `${EMIT_SNAPSHOT}
local time = redis.call('TIME')
local at = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local waiting = 0
for _, key in ipairs(args.keys) do
  local session = args.sessionPrefix .. key
  local value, desired, heldBy = unpack(redis.call('HMGET', session, 'value', 'desired', 'queueHeldBy'))
  if value and desired == 'running' and string.match(value, '%.queued$') then
    waiting = waiting + 1
    local isNews = args.how == 'held' and heldBy ~= 'no_node' or args.how == 'free' and heldBy == 'no_node'
    if isNews then
      redis.call('HINCRBY', session, 'rev', 1)
      if args.how == 'held' then redis.call('HSET', session, 'queuePosition', args.ahead + waiting) end
      redis.call('HSET', session, 'queueHeldBy', args.how == 'held' and 'no_node' or '', 'updatedAt', at)
      emit(session, args.eventsPrefix .. string.match(key, '^[^/]*'), 'queue.moved')
    end
  end
end
return waiting
`;

interface HoldQueueArgs {
  readonly keys: readonly string[];
  /** How many wait before them. */
  readonly ahead: number;
  readonly how: 'held' | 'free';
  readonly sessionPrefix: string;
  readonly eventsPrefix: string;
}

export const holdQueue = scriptTaking<HoldQueueArgs>()({
  name: 'hold-queue',
  keys: ['events', 'wholeness'],
  lua: LUA,
  reply: z.int().nonnegative(),
});
