import { EVENT_RETENTION } from '../event-retention.ts';

/**
 * Lua that the writing scripts share. Needs `keys.events` (stream), from whose name those of the webhooks follow: a
 * script may be about many sessions, and says none of their keys.
 *
 * `noteForWebhooks(eventsOfUser, id, entry)` writes an event down for the lanes of the session's user, if there are
 * endpoints: into the session's log, with `before`, the position of the entry before it, by which a lane sees what was
 * lost between two; and among the sessions of which lanes are behind. A snapshot is written down when the state changed
 * (`moved`), and else only where some endpoint takes every snapshot. `head` is what webhookHeads holds.
 */
export const NOTE_FOR_WEBHOOKS = `
local function noteForWebhooks(eventsOfUser, id, entry)
  local prefix = string.sub(keys.events, 1, -7)
  local user = string.sub(eventsOfUser, #keys.events + 2)
  local takers = redis.call('HVALS', prefix .. 'webhooks:' .. user)
  if #takers == 0 then return end
  local fields = {}
  for index = 1, #entry, 2 do fields[entry[index]] = entry[index + 1] end
  local key = user .. '/' .. fields.id
  local before, state = string.match(redis.call('HGET', prefix .. 'webhook-heads', key) or '', '^(%S*) ?(%S*)$')
  local moved = ''
  if fields.type == 'session.snapshot' then
    local now = string.match(fields.value, '^[^.]*')
    if now ~= state then
      moved, state = '1', now
    else
      local isWanted = false
      for _, taker in ipairs(takers) do isWanted = isWanted or taker == '1' end
      if not isWanted then return end
    end
  elseif fields.type == 'session.deleted' then
    state = ''
  end
  local log = prefix .. 'webhook-log:' .. key
  local noted = {'before', before, 'moved', moved}
  for _, text in ipairs(entry) do noted[#noted + 1] = text end
  local added = redis.pcall('XADD', log, 'MAXLEN', '~', ${EVENT_RETENTION.forWebhooks}, id, unpack(noted))
  if type(added) == 'table' and added.err then
    redis.call('DEL', log)
    redis.call('XADD', log, id, unpack(noted))
  end
  redis.call('XTRIM', log, 'MINID', '~', string.format('%.0f', tonumber(string.match(id, '^%d+')) - ${EVENT_RETENTION.ofUserMs}))
  redis.call('PEXPIRE', log, ${EVENT_RETENTION.ofUserMs})
  redis.call('HSET', prefix .. 'webhook-heads', key, id .. ' ' .. state)
  redis.call('SADD', prefix .. 'webhook-behind', key)
end
`;
