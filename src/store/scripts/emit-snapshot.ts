import { APPEND_TO_LOG } from './append-to-log.ts';

/** Transitions kept of each session. */
const HISTORY_KEPT = 1_000;

/**
 * Lua that the writing scripts share. Needs `keys.events` (stream) and `keys.wholeness` (hash).
 *
 * `emit(session, eventsOfUser, event)` appends the session's present fields to the event log and returns the entry's id.
 * `move(session, history, at, event, to)` sets value, reason and tags to those of the table `to`; a changed value starts
 * a new `since` and a history entry whose id is the present rev, so `rev` must have been raised before.
 */
export const EMIT_SNAPSHOT = `${APPEND_TO_LOG}
local function emit(session, eventsOfUser, event)
  local entry = {'type', 'session.snapshot', 'event', event}
  for _, field in ipairs(redis.call('HGETALL', session)) do entry[#entry + 1] = field end
  return appendToLog(eventsOfUser, entry)
end

local function move(session, history, at, event, to)
  local from, since, rev, node = unpack(redis.call('HMGET', session, 'value', 'since', 'rev', 'nodeId'))
  redis.call('HSET', session, 'value', to.value, 'reason', to.reason, 'tags', to.tags)
  if from == to.value then return end
  redis.call('HSET', session, 'since', at)
  redis.call('XADD', history, 'MAXLEN', '~', ${HISTORY_KEPT}, rev .. '-0', 'at', at, 'from', from, 'to', to.value, 'event', event,
    'reason', to.reason, 'durationMs', math.max(0, at - since), 'nodeId', node)
end
`;
