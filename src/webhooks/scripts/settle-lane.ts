import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';
import { NOTE_OUTCOMES, OUTCOME_KEYS, type Outcomes } from './note-outcomes.ts';

/**
 * Moves a lane on, and writes down what happened, in one step: refused where the lane is not where the caller left it.
 *
 * Keys   lanes (hash), slots (zset), and those of the outcomes
 * Reply  moved (nothing was written), gone (the endpoint is deleted), or as noteOutcomes()
 */
const LUA = `${NOTE_OUTCOMES}
if redis.call('HEXISTS', keys.webhook, 'record') == 0 then return 'gone' end
if (redis.call('HGET', keys.lanes, args.lane) or '') ~= args.expected then return 'moved' end
if args.next == '' then redis.call('HDEL', keys.lanes, args.lane) else redis.call('HSET', keys.lanes, args.lane, args.next) end
local name = args.id .. '|' .. args.lane
if args.dueAt then redis.call('ZADD', keys.due, args.dueAt, name) else redis.call('ZREM', keys.due, name) end
redis.call('ZADD', keys.slots, 'XX', args.now, args.lane)
return noteOutcomes()
`;

interface SettleLaneArgs extends Outcomes {
  readonly lane: string;
  /** The lane's state as it was read, and as it is to be; empty for none. */
  readonly expected: string;
  readonly next: string;
  /** When it is to be tried again (ms since 1970). */
  readonly dueAt: number | undefined;
}

export const settleLane = scriptTaking<SettleLaneArgs>()({
  name: 'settle-lane',
  keys: ['lanes', 'slots', ...OUTCOME_KEYS],
  lua: LUA,
  reply: z.enum(['moved', 'gone', 'noted', 'recovered', 'disabled']),
});
