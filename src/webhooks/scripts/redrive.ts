import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/**
 * Puts dead letters back among what is to be delivered, apart from the lanes.
 *
 * Keys   dead (stream), parked (hash), parkedDue and due (zsets)
 * Reply  how many
 */
const LUA = `
local count = 0
for _, letter in ipairs(redis.call('XRANGE', keys.dead, '-', '+')) do
  local fields = {}
  for index = 1, #letter[2], 2 do fields[letter[2][index]] = letter[2][index + 1] end
  local at = tonumber(string.match(fields.position, '^%d+'))
  if at >= args.from and at <= args.to then
    redis.call('HSET', keys.parked, fields.member, args.state)
    redis.call('ZADD', keys.parkedDue, args.now, fields.member)
    redis.call('XDEL', keys.dead, letter[1])
    count = count + 1
  end
end
if count > 0 then redis.call('ZADD', keys.due, args.now, args.id .. '|*') end
return count
`;

interface RedriveArgs {
  readonly id: string;
  /** Of the events (ms since 1970). */
  readonly from: number;
  readonly to: number;
  readonly now: number;
  /** What is kept of each while it is tried. */
  readonly state: string;
}

export const redrive = scriptTaking<RedriveArgs>()({
  name: 'redrive',
  keys: ['dead', 'parked', 'parkedDue', 'due'],
  lua: LUA,
  reply: z.int().nonnegative(),
});
