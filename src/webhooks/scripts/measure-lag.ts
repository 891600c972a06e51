import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/** Sessions that are looked at: of thousands that are behind, some say enough. */
const SAMPLE = 200;

/**
 * Finds the oldest event that some lane has still to deliver.
 *
 * Keys   heads (hash), behind (set); and, by the prefix among the arguments, those of the endpoints
 * Reply  its time (ms since 1970), or empty
 */
const LUA = `
local oldest = nil
for _, key in ipairs(redis.call('SRANDMEMBER', keys.behind, ${SAMPLE})) do
  local user = string.match(key, '^[^/]*')
  for _, id in ipairs(redis.call('HKEYS', args.prefix .. 'webhooks:' .. user)) do
    local start, disabledBy = unpack(redis.call('HMGET', args.prefix .. 'webhook:' .. id, 'start', 'disabledBy'))
    if start and (disabledBy or '') == '' then
      local state = redis.call('HGET', args.prefix .. 'webhook-lanes:' .. id, key)
      local cursor = state and cjson.decode(state).cursor or start
      local next = redis.call('XRANGE', args.prefix .. 'webhook-log:' .. key, '(' .. cursor, '+', 'COUNT', 1)[1]
      local at = next and tonumber(string.match(next[1], '^%d+'))
      if at and (not oldest or at < oldest) then oldest = at end
    end
  end
end
return oldest and string.format('%.0f', oldest) or ''
`;

export const measureLag = scriptTaking<{ readonly prefix: string }>()({
  name: 'measure-lag',
  keys: ['heads', 'behind'],
  lua: LUA,
  reply: z.string(),
});
