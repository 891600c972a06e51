/**
 * Lua that the writing scripts share: a session's place in the line, inside its detail, which is otherwise left as it
 * was written. What is looked for cannot be part of a text in there: its quotes would be escaped.
 *
 * `show(session, detail, position)` writes that position, which nothing but its turn holds up, or none when it is nil;
 * it answers whether that is new.
 */
export const QUEUE_POSITION = `
local function show(session, detail, position)
  local shown = string.match(detail, '"queue":({[^}]*})') or 'null'
  local queue = position and string.format('{"position":%d,"heldBy":null}', position) or 'null'
  if shown == queue then return false end
  local from, to = string.find(detail, '"queue":' .. shown, 1, true)
  redis.call('HSET', session, 'detail', string.sub(detail, 1, from - 1) .. '"queue":' .. queue .. string.sub(detail, to + 1))
  return true
end
`;
