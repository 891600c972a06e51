import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';
import type { QueueMember } from './join-queue.ts';

/**
 * Takes a session out of the line. One that a node has taken moves the round that is served; one that is withdrawn
 * leaves it. Once nobody waits, rounds begin anew.
 *
 * Keys   line (hash), places (zset)
 * Reply  left, absent
 */
const LUA = `
local line, places = keys.line, keys.places
local key, user, id = args.key, args.user, args.id
local place = redis.call('HGET', line, key)
if not place then return 'absent' end
redis.call('HDEL', line, key)
redis.call('ZREM', places, string.format('%s/%07d/%s', user, place, id))
if redis.call('ZCARD', places) == 0 then
  redis.call('DEL', line)
elseif args.how == 'taken' then
  local served = tonumber(redis.call('HGET', line, 'round') or 0)
  redis.call('HSET', line, 'round', math.max(served, math.floor(place / 2)))
end
return 'left'
`;

interface LeaveQueueArgs extends QueueMember {
  readonly how: 'taken' | 'withdrawn';
}

export const leaveQueue = scriptTaking<LeaveQueueArgs>()({
  name: 'leave-queue',
  keys: ['line', 'places'],
  lua: LUA,
  reply: z.enum(['left', 'absent']),
});
