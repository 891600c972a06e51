import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/**
 * Finds the lanes of some sessions that are behind their log and of which nobody knows: neither due later nor waiting for
 * a place. A session whose lanes are all where the log is, or disabled, is struck off the list of those behind.
 *
 * Keys   heads (hash), behind (set), due (zset); and, by the prefix among the arguments, those of the endpoints
 * Reply  {lanes to be woken, endpoints of which some lane waits}, the lanes as `endpoint|lane`
 */
const LUA = `
local function isNewer(a, b)
  local aMs, aSeq = string.match(a, '^(%d+)-(%d+)$')
  local bMs, bSeq = string.match(b, '^(%d+)-(%d+)$')
  if not aMs then return false end
  if not bMs then return true end
  return tonumber(aMs) > tonumber(bMs) or (aMs == bMs and tonumber(aSeq) > tonumber(bSeq))
end

local idle, crowded = {}, {}
for _, key in ipairs(args.sessions) do
  local user, session = string.match(key, '^([^/]*)/(.*)$')
  local head = string.match(redis.call('HGET', keys.heads, key) or '', '^%S*')
  local isBehind = false
  for _, id in ipairs(redis.call('HKEYS', args.prefix .. 'webhooks:' .. user)) do
    local webhook = args.prefix .. 'webhook:' .. id
    local record, start, disabledBy = unpack(redis.call('HMGET', webhook, 'record', 'start', 'disabledBy'))
    if record and (disabledBy or '') == '' then
      local sessions = cjson.decode(record).sessions
      local isTaken = type(sessions) ~= 'table'
      if not isTaken then for _, one in ipairs(sessions) do isTaken = isTaken or one == session end end
      if isTaken then
        local state = redis.call('HGET', args.prefix .. 'webhook-lanes:' .. id, key)
        local cursor = state and cjson.decode(state).cursor or start
        if isNewer(head, cursor) then
          isBehind = true
          if redis.call('SISMEMBER', args.prefix .. 'webhook-waiting:' .. id, key) == 1 then
            crowded[#crowded + 1] = id
          elseif not redis.call('ZSCORE', keys.due, id .. '|' .. key) then
            idle[#idle + 1] = id .. '|' .. key
          end
        end
      end
    end
  end
  if not isBehind then redis.call('SREM', keys.behind, key) end
end
return {idle, crowded}
`;

interface FindIdleLanesArgs {
  readonly prefix: string;
  /** Session keys. */
  readonly sessions: readonly string[];
}

export const findIdleLanes = scriptTaking<FindIdleLanesArgs>()({
  name: 'find-idle-lanes',
  keys: ['heads', 'behind', 'due'],
  lua: LUA,
  reply: z.tuple([z.array(z.string()), z.array(z.string())]),
});
