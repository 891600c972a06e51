import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';
import { CIRCUIT, LANES_AT_ONCE } from '../limits.ts';

/**
 * Asks whether a lane may deliver now: `LANES_AT_ONCE` of an endpoint may, one while its circuit is half open, none while
 * it is open. Who may not waits, and is woken by who ends.
 *
 * Keys   webhook (hash), lanes (hash), slots and due (zsets), waiting (set)
 * Reply  {gone}, {disabled}, {open}, {wait}, or {go, record, sealed, start, recoveredAt, the lane's state or empty}
 */
const LUA = `
local record, sealed, start, disabledBy, failures, openUntil, recoveredAt = unpack(redis.call('HMGET', keys.webhook,
  'record', 'sealed', 'start', 'disabledBy', 'failures', 'openUntil', 'recoveredAt'))
local name = args.id .. '|' .. args.lane
local function refuse(verdict)
  redis.call('ZREM', keys.due, name)
  return {verdict}
end
if not record then return refuse('gone') end
if (disabledBy or '') ~= '' then return refuse('disabled') end
local limit = ${LANES_AT_ONCE.count}
if tonumber(failures or 0) >= ${CIRCUIT.failures} then
  if tonumber(openUntil or 0) > args.now then
    redis.call('SADD', keys.waiting, args.lane)
    redis.call('ZADD', keys.due, openUntil, args.id .. '|!')
    return refuse('open')
  end
  limit = 1
end
redis.call('ZREMRANGEBYSCORE', keys.slots, '-inf', args.now - ${LANES_AT_ONCE.staleMs})
if not redis.call('ZSCORE', keys.slots, args.lane) and redis.call('ZCARD', keys.slots) >= limit then
  redis.call('SADD', keys.waiting, args.lane)
  return refuse('wait')
end
redis.call('ZADD', keys.slots, args.now, args.lane)
redis.call('SREM', keys.waiting, args.lane)
return {'go', record, sealed, start, recoveredAt or '0', redis.call('HGET', keys.lanes, args.lane) or ''}
`;

interface BeginTurnArgs {
  readonly id: string;
  readonly lane: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const beginTurn = scriptTaking<BeginTurnArgs>()({
  name: 'begin-turn',
  keys: ['webhook', 'lanes', 'slots', 'waiting', 'due'],
  lua: LUA,
  reply: z.union([
    z.tuple([z.enum(['gone', 'disabled', 'open', 'wait'])]),
    z.tuple([z.literal('go'), z.string(), z.string(), z.string(), z.string(), z.string()]),
  ]),
});
