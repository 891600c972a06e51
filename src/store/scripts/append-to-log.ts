import { EVENT_RETENTION } from '../event-retention.ts';
import { NOTE_FOR_WEBHOOKS } from './note-for-webhooks.ts';

/**
 * Lua that the writing scripts share. Needs `keys.events` (stream) and `keys.wholeness` (hash).
 *
 * `appendToLog(eventsOfUser, entry)` appends an event, a flat list of fields and values, to everybody's stream and, with
 * the same id, to its user's and where the user has webhooks to what they deliver; returns the id.
 *
 * The hash says from which position on users' streams are whole: `last` is the newest entry that was written to both,
 * `since` the last one that was not (or the first of all). A node of a version that knows only everybody's stream may
 * write beside this one.
 */
export const APPEND_TO_LOG = `${NOTE_FOR_WEBHOOKS}
local function appendToLog(eventsOfUser, entry)
  local last = redis.call('HGET', keys.wholeness, 'last')
  local newest = redis.call('XREVRANGE', keys.events, '+', '-', 'COUNT', 1)[1]
  local id = redis.call('XADD', keys.events, 'MAXLEN', '~', ${EVENT_RETENTION.everybody}, '*', unpack(entry))
  local since = nil
  if not last then since = newest and newest[1] or id
  elseif newest and newest[1] ~= last then since = newest[1] end
  local function addToUser() return redis.pcall('XADD', eventsOfUser, 'MAXLEN', '~', ${EVENT_RETENTION.ofUser}, id, unpack(entry)) end
  local added = addToUser()
  if type(added) == 'table' and added.err then
    -- Everybody's stream was lost and begins anew behind this one.
    redis.call('DEL', eventsOfUser)
    addToUser()
    since = id
  end
  redis.call('PEXPIRE', eventsOfUser, ${EVENT_RETENTION.ofUserMs})
  redis.call('HSET', keys.wholeness, 'last', id)
  if since then redis.call('HSET', keys.wholeness, 'since', since) end
  noteForWebhooks(eventsOfUser, id, entry)
  return id
end
`;
