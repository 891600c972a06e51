import { z } from 'zod';

import { RedisScript } from '../script.ts';
import { QUEUE_POSITION } from './queue-position.ts';

/**
 * Takes a session for a node. The epoch is `max(stored + 1, Redis time in ms)`: it grows even when a failover of Redis
 * lost the last ones. With an expected epoch the session is only taken back when that one is still the newest
 * (adoption), and keeps it. It no longer waits in line.
 *
 * KEYS  session (hash) ARGV  node id, expected epoch or '' Reply {outcome, fields…}; outcome: claimed, adopted,
 * superseded, missing
 */
const LUA = `${QUEUE_POSITION}
local session = KEYS[1]
if redis.call('EXISTS', session) == 0 then return {'missing', {}} end
local stored = tonumber(redis.call('HGET', session, 'epoch'))
local outcome = 'claimed'
if ARGV[2] == '' then
  local time = redis.call('TIME')
  local epoch = math.max(stored + 1, time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('HSET', session, 'epoch', string.format('%.0f', epoch), 'owner', ARGV[1], 'nodeId', ARGV[1])
  redis.call('HDEL', session, 'write')
  show(session, redis.call('HGET', session, 'detail'), nil)
elseif stored == tonumber(ARGV[2]) then
  redis.call('HSET', session, 'owner', ARGV[1], 'nodeId', ARGV[1])
  outcome = 'adopted'
else
  outcome = 'superseded'
end
return {outcome, redis.call('HGETALL', session)}
`;

export const claimSession = new RedisScript({
  name: 'claim-session',
  lua: LUA,
  reply: z.tuple([z.enum(['claimed', 'adopted', 'superseded', 'missing']), z.array(z.string())]),
});
