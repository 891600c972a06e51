/**
 * Lua that the writing scripts share.
 *
 * `showPosition(session, position)` writes a session's position in the queue, which nothing but its turn holds up, or
 * none when it is nil; answers whether that is new.
 *
 * A record of the former version has it inside `detail` instead, until a position is written here.
 */
export const QUEUE_POSITION = `
local function showPosition(session, position)
  local shown, heldBy = unpack(redis.call('HMGET', session, 'queuePosition', 'queueHeldBy'))
  local queue = position and string.format('%d', position) or ''
  if shown == queue and heldBy == '' then return false end
  redis.call('HSET', session, 'queuePosition', queue, 'queueHeldBy', '')
  return true
end
`;
