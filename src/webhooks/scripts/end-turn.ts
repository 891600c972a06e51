import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';
import { CIRCUIT, LANES_AT_ONCE } from '../limits.ts';

/**
 * Gives a lane's place up and takes as many lanes out of the waiting as there are places now. With an empty lane it only
 * does the second.
 *
 * Keys   webhook (hash), slots (zset), waiting (set)
 * Reply  the lanes that are to be woken
 */
const LUA = `
redis.call('ZREM', keys.slots, args.lane)
redis.call('ZREMRANGEBYSCORE', keys.slots, '-inf', args.now - ${LANES_AT_ONCE.staleMs})
local failures, openUntil = unpack(redis.call('HMGET', keys.webhook, 'failures', 'openUntil'))
local limit = ${LANES_AT_ONCE.count}
if tonumber(failures or 0) >= ${CIRCUIT.failures} then limit = tonumber(openUntil or 0) > args.now and 0 or 1 end
local free = limit - redis.call('ZCARD', keys.slots)
if free <= 0 then return {} end
return redis.call('SPOP', keys.waiting, free)
`;

interface EndTurnArgs {
  readonly lane: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const endTurn = scriptTaking<EndTurnArgs>()({
  name: 'end-turn',
  keys: ['webhook', 'slots', 'waiting'],
  lua: LUA,
  reply: z.array(z.string()),
});
