import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';
import type { QueueMember } from './join-queue.ts';

/**
 * Takes a session out of the queue. One that a node has taken moves the round that is served; one that is withdrawn
 * leaves it. Once nobody waits, rounds begin anew.
 *
 * Keys   places (hash), byUser (zset)
 * Reply  left, absent
 */
const LUA = `
local places, byUser = keys.places, keys.byUser
local key, user, id = args.key, args.user, args.id
local place = redis.call('HGET', places, key)
if not place then return 'absent' end
redis.call('HDEL', places, key)
redis.call('ZREM', byUser, string.format('%s/%07d/%s', user, place, id))
if redis.call('ZCARD', byUser) == 0 then
  redis.call('DEL', places)
elseif args.how == 'taken' then
  local served = tonumber(redis.call('HGET', places, 'round') or 0)
  redis.call('HSET', places, 'round', math.max(served, math.floor(place / 2)))
end
return 'left'
`;

interface LeaveQueueArgs extends QueueMember {
  readonly how: 'taken' | 'withdrawn';
}

export const leaveQueue = scriptTaking<LeaveQueueArgs>()({
  name: 'leave-queue',
  keys: ['places', 'byUser'],
  lua: LUA,
  reply: z.enum(['left', 'absent']),
});
