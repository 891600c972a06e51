import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';
import { NOTE_OUTCOMES, OUTCOME_KEYS, type Outcomes } from './note-outcomes.ts';

/**
 * Writes down what happened to deliveries outside the lanes, and takes those out that are done.
 *
 * Keys   slots (zset), and those of the outcomes
 * Reply  gone (the endpoint is deleted), or as noteOutcomes()
 */
const LUA = `${NOTE_OUTCOMES}
if redis.call('HEXISTS', keys.webhook, 'record') == 0 then return 'gone' end
for _, member in ipairs(args.done) do
  redis.call('HDEL', keys.parked, member)
  redis.call('ZREM', keys.parkedDue, member)
end
redis.call('ZREM', keys.due, args.id .. '|*')
redis.call('ZADD', keys.slots, 'XX', args.now, '*')
return noteOutcomes()
`;

interface SettleParkedArgs extends Outcomes {
  readonly done: readonly string[];
}

export const settleParked = scriptTaking<SettleParkedArgs>()({
  name: 'settle-parked',
  keys: ['slots', ...OUTCOME_KEYS],
  lua: LUA,
  reply: z.enum(['gone', 'noted', 'recovered', 'disabled']),
});
