/**
 * Lua that the writing scripts share.
 *
 * `emit(session, events, kept, event)` appends the session's present fields to the event stream and returns the entry's
 * id. `move(session, history, kept, at, event, to, reason, tags)` sets value, reason and tags; a changed value starts a
 * new `since` and a history entry whose id is the present rev, so `rev` must have been raised before.
 */
export const EMIT_SNAPSHOT = `
local function emit(session, events, kept, event)
  local entry = {'type', 'session.snapshot', 'event', event}
  for _, field in ipairs(redis.call('HGETALL', session)) do entry[#entry + 1] = field end
  return redis.call('XADD', events, 'MAXLEN', '~', kept, '*', unpack(entry))
end

local function move(session, history, kept, at, event, to, reason, tags)
  local from, since, rev, node = unpack(redis.call('HMGET', session, 'value', 'since', 'rev', 'nodeId'))
  redis.call('HSET', session, 'value', to, 'reason', reason, 'tags', tags)
  if from == to then return end
  redis.call('HSET', session, 'since', at)
  redis.call('XADD', history, 'MAXLEN', '~', kept, rev .. '-0', 'at', at, 'from', from, 'to', to, 'event', event,
    'reason', reason, 'durationMs', math.max(0, at - since), 'nodeId', node)
end
`;
