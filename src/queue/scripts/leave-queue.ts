import { z } from 'zod';

import { RedisScript } from '../../store/script.ts';

/**
 * Takes a session out of the line. One that a node has taken moves the round that is served; one that is withdrawn
 * leaves it. Once nobody waits, rounds begin anew.
 *
 * KEYS  line (hash), places (zset) ARGV  key, the user's part of it, the id's part, how: taken, withdrawn Reply left,
 * absent
 */
const LUA = `
local line, places = unpack(KEYS)
local key, user, id, how = unpack(ARGV)
local place = redis.call('HGET', line, key)
if not place then return 'absent' end
redis.call('HDEL', line, key)
redis.call('ZREM', places, string.format('%s/%07d/%s', user, place, id))
if redis.call('ZCARD', places) == 0 then
  redis.call('DEL', line)
elseif how == 'taken' then
  local served = tonumber(redis.call('HGET', line, 'round') or 0)
  redis.call('HSET', line, 'round', math.max(served, math.floor(place / 2)))
end
return 'left'
`;

export const leaveQueue = new RedisScript({ name: 'leave-line', lua: LUA, reply: z.enum(['left', 'absent']) });
