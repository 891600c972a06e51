import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import { QUEUE_POSITION } from './queue-position.ts';

/**
 * Takes a session for a node. The epoch is `max(stored + 1, Redis time in ms)`: it grows even when a failover of Redis
 * lost the last ones. It no longer waits in the queue.
 *
 * Keys   session (hash)
 * Reply  {outcome, fields…}; outcome: claimed, adopted, superseded, missing
 */
const LUA = `${QUEUE_POSITION}
local session = keys.session
if redis.call('EXISTS', session) == 0 then return {'missing', {}} end
local stored = tonumber(redis.call('HGET', session, 'epoch'))
local outcome = 'claimed'
if not args.expectedEpoch then
  local time = redis.call('TIME')
  local epoch = math.max(stored + 1, time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('HSET', session, 'epoch', string.format('%.0f', epoch), 'owner', args.nodeId, 'nodeId', args.nodeId)
  redis.call('HDEL', session, 'write')
  showPosition(session, nil)
elseif stored == args.expectedEpoch then
  redis.call('HSET', session, 'owner', args.nodeId, 'nodeId', args.nodeId)
  outcome = 'adopted'
else
  outcome = 'superseded'
end
return {outcome, redis.call('HGETALL', session)}
`;

interface ClaimSessionArgs {
  readonly nodeId: string;
  /** The session is only taken back when this is still the newest epoch (adoption), and keeps it. */
  readonly expectedEpoch: number | undefined;
}

export const claimSession = scriptTaking<ClaimSessionArgs>()({
  name: 'claim-session',
  keys: ['session'],
  lua: LUA,
  reply: z.tuple([z.enum(['claimed', 'adopted', 'superseded', 'missing']), z.array(z.string())]),
});
